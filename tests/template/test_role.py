"""What the function may do, by default and with each parameter that needs more."""

from deployed import BOUNDARY, KEY, QUEUE, SECRET, of_type, policies, properties


def test_the_function_runs_under_the_written_role_which_only_lambda_may_assume(stack):
    deployed = stack()
    assert list(of_type(deployed, "AWS::IAM::Role")) == ["EnricherRole"]
    assert properties(deployed, "EnricherFunction")["Role"] == "${EnricherRole.Arn}"
    role = properties(deployed, "EnricherRole")
    assert role.keys() == {"Description", "AssumeRolePolicyDocument", "Policies"}
    assert role["AssumeRolePolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }


def test_by_default_the_role_may_read_one_secret_keep_one_table_send_to_one_queue_and_write_one_log(stack):
    assert policies(stack()) == {
        "read-okta-credential": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": SECRET}],
        "send-failed-events": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE}],
        "write-log": [
            {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "${LogGroup.Arn}"}
        ],
        "keep-ledger": [{"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": "${LedgerTable.Arn}"}],
        "write-traces": [{"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"}],
    }


def test_the_role_is_bounded_where_the_account_demands_it(stack):
    assert properties(stack(PermissionsBoundaryArn=BOUNDARY), "EnricherRole")["PermissionsBoundary"] == BOUNDARY


def test_a_key_of_ones_own_encrypts_ledger_and_log_and_opens_through_dynamodb_only(stack):
    deployed = stack(KmsKeyArn=KEY)
    assert properties(deployed, "LedgerTable")["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    assert properties(deployed, "LogGroup") == {"RetentionInDays": 30, "KmsKeyId": KEY}
    granted = policies(deployed)
    assert granted.pop("decrypt-ledger") == [
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY,
            "Condition": {"StringEquals": {"kms:ViaService": "dynamodb.${AWS::Region}.${AWS::URLSuffix}"}},
        }
    ]
    assert granted == policies(stack())


def test_in_a_vpc_lambda_may_handle_network_interfaces_and_the_code_may_not(stack):
    granted = policies(stack(SubnetIds="subnet-1", SecurityGroupIds="sg-1"))
    assert granted.pop("enter-vpc") == [
        {
            "Effect": "Allow",
            "Action": [
                "ec2:CreateNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:DeleteNetworkInterface",
                "ec2:AssignPrivateIpAddresses",
                "ec2:UnassignPrivateIpAddresses",
            ],
            "Resource": "*",
        },
        {
            "Effect": "Deny",
            "Action": "ec2:*",
            "Resource": "*",
            "Condition": {
                "ArnEquals": {
                    "lambda:SourceFunctionArn": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}"
                }
            },
        },
    ]
    assert granted == policies(stack())
    assert properties(stack(), "EnricherFunction")["FunctionName"] == "${AWS::StackName}"


def test_only_traces_and_network_interfaces_are_granted_on_everything(stack):
    granted = policies(stack(SubnetIds="subnet-1", SecurityGroupIds="sg-1", KmsKeyArn=KEY, SecretKmsKeyArn=KEY, OutcomeBusName="security"))
    wide = [name for name, statements in granted.items() if any(s["Effect"] == "Allow" and s["Resource"] == "*" for s in statements)]
    assert wide == ["write-traces", "enter-vpc"]


def test_a_key_of_ones_own_may_be_used_through_secrets_manager_for_this_secret_only(stack):
    granted = policies(stack(SecretKmsKeyArn=KEY))
    assert granted.pop("decrypt-okta-credential") == [
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY,
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": "secretsmanager.${AWS::Region}.${AWS::URLSuffix}",
                    "kms:EncryptionContext:SecretARN": SECRET,
                }
            },
        }
    ]
    assert granted == policies(stack())


def test_outcomes_may_be_put_on_the_chosen_bus_only(stack):
    granted = policies(stack(OutcomeBusName="security"))
    assert granted.pop("put-outcomes") == [
        {
            "Effect": "Allow",
            "Action": "events:PutEvents",
            "Resource": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/security",
        }
    ]
    assert granted == policies(stack())
