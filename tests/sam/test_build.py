"""`sam build` in a kit, by habit: there is nothing to build, and what it leaves behind is never deployed."""


def test_sam_build_has_nothing_to_do_and_needs_no_rust(kit):
    done = kit.sam("build", PATH="/usr/bin:/bin", AWS_DEFAULT_REGION="eu-central-1")
    assert done.returncode == 0, done.stdout + done.stderr
    left = [file.name for file in (kit.folder / ".aws-sam").rglob("*") if file.is_file()]
    assert sorted(left) == ["build.toml", "template.yaml"]


def test_sam_deploy_takes_the_kits_template_and_not_what_a_build_has_left(kit):
    kit.fill_in()
    former = kit.folder / ".aws-sam" / "build" / "template.yaml"
    former.parent.mkdir(parents=True)
    text = (kit.folder / "template.yaml").read_text()
    former.write_text(text.replace("Timeout: 90", "Timeout: 3"))
    assert former.read_text() != text
    assert kit.change_set()["template"]["Resources"]["EnricherFunction"]["Properties"]["Timeout"] == 90
