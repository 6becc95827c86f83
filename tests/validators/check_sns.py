"""Messages to SNS, taken by moto's server, and their signatures, made again by AWS's own library.

REQUESTS names the file of composed requests, one JSON object a line (see README.md).
"""

import datetime
import json
import os
import pathlib
import urllib.parse
import urllib.request

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.server import ThreadedMotoServer

REQUESTS = [json.loads(line) for line in pathlib.Path(os.environ["REQUESTS"]).read_text("utf-8").splitlines()]
MINE = [request for request in REQUESTS if request["kind"] == "sns"]
REGION, TOPIC = "eu-central-1", "incidents.fifo"
KEY = Credentials("AKIAEXAMPLE", "an/example+of/a/secret/key")


@pytest.fixture(scope="module")
def queue():
    """A topic that keeps order, with a queue behind it: address of the service, and a function that takes what came."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://%s:%s" % server.get_host_and_port()
    how = {"endpoint_url": address, "region_name": REGION, "aws_access_key_id": "a", "aws_secret_access_key": "b"}
    sns, sqs = boto3.client("sns", **how), boto3.client("sqs", **how)
    topic = sns.create_topic(Name=TOPIC, Attributes={"FifoTopic": "true"})["TopicArn"]
    url = sqs.create_queue(QueueName=TOPIC, Attributes={"FifoQueue": "true"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def take():
        come = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]).get("Messages", [])
        for message in come:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return come

    yield address, take
    server.stop()


def form(request):
    return dict(urllib.parse.parse_qsl(request["body"], strict_parsing=True))


@pytest.mark.parametrize("request_", [pytest.param(request, id=request["case"]) for request in MINE])
def test_signature(request_):
    headers = dict(request_["headers"])
    at = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
    signed = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    kept = {name: value for name, value in headers.items() if name in signed and name != "host"}
    again = AWSRequest(method="POST", url=request_["url"], data=request_["body"].encode(), headers=kept)
    again.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
    signer = SigV4Auth(KEY, "sns", REGION)
    canonical = signer.canonical_request(again)
    signature = signer.signature(signer.string_to_sign(again, canonical), again)
    assert headers["authorization"].endswith(f"Signature={signature}")
    assert f"/{at:%Y%m%d}/{REGION}/sns/aws4_request" in headers["authorization"]


@pytest.mark.parametrize("request_", [pytest.param(request, id=request["case"]) for request in MINE])
def test_sns(request_, queue):
    address, take = queue
    fields = form(request_)
    said = json.loads(fields["Message"])
    assert len(fields["Message"].encode()) <= 262_144
    assert fields["TopicArn"] == f"arn:aws:sns:{REGION}:123456789012:{TOPIC}"
    assert fields["Subject"].isascii() and len(fields["Subject"]) < 100 and fields["Subject"].isprintable()
    assert set(said) == {"default", "sms", "sqs", "lambda", "http", "https"}
    assert all(isinstance(text, str) and text for text in said.values())
    assert json.loads(said["sqs"])["type"] == fields["MessageAttributes.entry.1.Value.StringValue"]
    sent = urllib.request.Request(address, data=request_["body"].encode(), headers=dict(request_["headers"]), method="POST")
    with urllib.request.urlopen(sent, timeout=20) as answer:
        assert answer.status == 200 and b"<MessageId>" in answer.read()
    (message,) = take()
    assert message["Attributes"]["MessageGroupId"] == fields["MessageGroupId"]
    body = json.loads(message["Body"])
    assert body["Message"] in said.values() and body["Subject"] == fields["Subject"]
    assert body["MessageAttributes"]["event"]["Value"] == json.loads(said["sqs"])["type"]


def test_order_is_kept_within_an_incident():
    incidents = [form(request) for request in MINE if request["case"].startswith("incident-")]
    assert len({fields["MessageGroupId"] for fields in incidents}) == 1
    assert len({form(request)["MessageDeduplicationId"] for request in MINE}) > 10
