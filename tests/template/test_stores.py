"""What keeps data: the ledger, the queue of dead letters, and the log."""

from deployed import QUEUE, RULE, properties


def test_the_ledger_is_a_table_with_the_one_key_that_the_program_expects_and_forgets_by_itself(stack):
    table = stack()["Resources"]["LedgerTable"]
    assert table["Type"] == "AWS::DynamoDB::Table"
    assert table["Properties"] == {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
        "DeletionProtectionEnabled": "true",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "true"},
    }


def test_the_ledger_outlives_the_stack_and_may_be_left_unprotected(stack):
    table = stack(LedgerDeletionProtection="false", LedgerPointInTimeRecovery="false")["Resources"]["LedgerTable"]
    # Not RetainExceptOnCreate: the rollback of a failed creation could not delete a protected table.
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["DeletionProtectionEnabled"] == "false"
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": "false"}


def test_the_ledger_is_made_after_the_bus_so_that_one_which_fails_leaves_no_table(stack):
    assert stack()["Resources"]["LedgerTable"]["Metadata"]["after"] == "${PartnerEventBus}"
    assert stack(EventBusName="security")["Resources"]["LedgerTable"]["Metadata"]["after"] == "nothing"


def test_dead_letters_are_encrypted_kept_two_weeks_and_go_with_the_stack(stack):
    queue = stack()["Resources"]["DeadLetterQueue"]
    assert queue["Type"] == "AWS::SQS::Queue"
    assert queue["Properties"] == {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": 1209600}
    assert (queue["DeletionPolicy"], queue["UpdateReplacePolicy"]) == ("Delete", "Delete")


def test_eventbridge_may_send_to_the_queue_for_the_rule_only_and_nobody_without_tls(stack):
    policy = stack()["Resources"]["DeadLetterQueuePolicy"]
    assert policy["Type"] == "AWS::SQS::QueuePolicy"
    assert policy["Properties"]["Queues"] == ["${DeadLetterQueue}"]
    assert policy["Properties"]["PolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "UndeliveredEvents",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": QUEUE,
                "Condition": {"ArnEquals": {"aws:SourceArn": RULE}},
            },
            {
                "Sid": "OnlyOverTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": QUEUE,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }


def test_the_log_is_kept_as_long_as_chosen_and_outlives_the_stack_but_not_a_creation_that_failed(stack):
    group = stack()["Resources"]["LogGroup"]
    assert group["Type"] == "AWS::Logs::LogGroup"
    assert group["Properties"] == {"RetentionInDays": 30}
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert properties(stack(LogRetentionDays="365"), "LogGroup") == {"RetentionInDays": "365"}
