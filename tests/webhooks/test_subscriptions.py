"""Who is told: subscriptions are asked to confirm, confirm, and end (connect.md 18)."""

from datetime import timedelta

import pytest

from tests.doors import APPLICATION
from tests.webhooks.receiver import Receiver, verifies

SERVER = {
    "AutoRegistrationSupported": False,
    "CustomerFriendlyName": "Acme",
    "CustomerFriendlyDescription": "Acme's server",
    "CustomerFriendlyLogoUri": "https://acme.example/logo.svg",
}


def _status(ask, organisation, owner):
    return ask("GET", f"/organisations/{organisation}/softwarestatements/{owner}").json()["NotificationWebhookStatus"]


def test_first_message_asks_for_a_confirmation(subscribe, receiver, post, visit):
    """A new address gets one SubscriptionConfirmation with the members and headers of SNS, and a good signature."""
    subscribe(receiver.url)
    post()
    (asked,) = receiver.received
    told = asked.told
    assert set(told) == {
        "Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion",
        "Signature", "SigningCertURL",
    }  # fmt: skip
    assert asked.headers["x-amz-sns-message-type"] == told["Type"] == "SubscriptionConfirmation"
    assert asked.headers["x-amz-sns-message-id"] == told["MessageId"]
    assert verifies(told, visit(told["SigningCertURL"]).content)


def test_visit_of_subscribe_url_confirms(ask, organisation, subscribe, receiver, post, visit):
    """A visit turns Pending into Confirmed, in the application too, and answers with the ARN; again is fine."""
    owner = subscribe(receiver.url)
    assert _status(ask, organisation, owner) == "Pending"
    post()
    url = receiver.received[0].told["SubscribeURL"]
    first, second = visit(url), visit(url)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.headers["content-type"].startswith("text/xml")
    assert receiver.received[0].told["TopicArn"] in first.text
    assert _status(ask, organisation, owner) == "Confirmed"


def test_form_confirms_too(ask, organisation, nobody, subscribe, receiver, post):
    """AWS's own libraries send Action and Token as a form; another topic's ARN is refused."""
    owner = subscribe(receiver.url)
    post()
    told = receiver.received[0].told
    form = {
        "Action": "ConfirmSubscription",
        "TopicArn": told["TopicArn"],
        "Token": told["Token"],
        "Version": "2010-03-31",
    }
    assert nobody("POST", "/sns/", data=form | {"TopicArn": "arn:aws:sns:other"}).status_code == 404
    assert _status(ask, organisation, owner) == "Pending"
    assert nobody("POST", "/sns/", data=form).status_code == 200
    assert _status(ask, organisation, owner) == "Confirmed"


def test_looking_confirms_nothing(ask, organisation, nobody, subscribe, receiver, post):
    """A HEAD of SubscribeURL leaves the subscription as it is; nonsense is refused as SNS refuses."""
    owner = subscribe(receiver.url)
    post()
    url = receiver.received[0].told["SubscribeURL"]
    assert nobody("HEAD", "/sns?" + url.partition("?")[2]).status_code == 200
    assert _status(ask, organisation, owner) == "Pending"
    for path in ("/sns", "/sns?Action=Publish", "/sns?Action=ConfirmSubscription"):
        assert nobody("GET", path).status_code == 400
    assert nobody("GET", "/sns?Action=Unsubscribe&SubscriptionArn=arn:none").status_code == 404
    assert nobody("GET", "/sns/SimpleNotificationService-0.pem").status_code == 404


def test_unknown_token_confirms_nothing(visit, subscribe, receiver, post, control):
    """A token that nobody was sent is refused as SNS refuses, and the subscription stays Pending."""
    subscribe(receiver.url)
    post()
    token = receiver.received[0].told["Token"]
    refused = visit(receiver.received[0].told["SubscribeURL"].replace(token, "x" * len(token)))
    assert refused.status_code == 400
    assert "<Code>InvalidParameter</Code>" in refused.text
    assert [each["status"] for each in control("GET", "/_mock/webhooks").json()["subscriptions"]] == ["Pending"]


@pytest.mark.case("control-J-05")
def test_unconfirmed_subscription_is_told_nothing(ask, organisation, subscribe, receiver, post, issue, clock):
    """Who ignores the confirmation gets no messages, and is Deactivated after three days."""
    owner = subscribe(receiver.url)
    issue()
    post()
    assert [each.told["Type"] for each in receiver.received] == ["SubscriptionConfirmation"]
    clock.advance(timedelta(days=3, seconds=1))
    post()
    issue()
    post()
    assert len(receiver.received) == 1
    assert _status(ask, organisation, owner) == "Deactivated"


def test_confirmation_comes_too_late(subscribe, receiver, post, visit, clock):
    """After three days SubscribeURL confirms no more."""
    subscribe(receiver.url)
    post()
    clock.advance(timedelta(days=3))
    assert visit(receiver.received[0].told["SubscribeURL"]).status_code == 400


def test_other_address_has_to_confirm_anew(ask, organisation, confirmed, receiver, post):
    """A new address is Pending and gets a confirmation of its own; an update that keeps the address stays Confirmed."""
    path = f"/organisations/{organisation}/softwarestatements/{confirmed}"
    same = APPLICATION | {"ClientName": "Renamed", "NotificationWebhook": receiver.url}
    assert ask("PUT", path, json=same).json()["NotificationWebhookStatus"] == "Confirmed"
    elsewhere = Receiver()
    try:
        moved = ask("PUT", path, json=same | {"NotificationWebhook": elsewhere.url})
        assert moved.json()["NotificationWebhookStatus"] == "Pending"
        receiver.received.clear()
        post()
        assert [each.told["Type"] for each in elsewhere.received] == ["SubscriptionConfirmation"]
        assert receiver.received == []
    finally:
        elsewhere.close()


def test_address_that_is_taken_away_ends_the_subscription(ask, organisation, confirmed, receiver, post, control):
    """Without NotificationWebhook there is no subscription, and nothing goes there any more."""
    path = f"/organisations/{organisation}/softwarestatements/{confirmed}"
    assert ask("PUT", path, json=APPLICATION | {"ClientName": "Listener"}).status_code == 200
    post()
    assert receiver.received == []
    assert control("GET", "/_mock/webhooks").json()["subscriptions"] == []


@pytest.mark.case("api-E-03")
def test_withdrawn_organisation_is_told_nothing(ask, organisation, confirmed, receiver, post, control):
    """With its organisation a subscription ends, in the same transaction."""
    assert ask("DELETE", f"/organisations/{organisation}").status_code == 204
    assert control("GET", "/_mock/webhooks").json()["subscriptions"] == []
    post()
    assert receiver.received == []


@pytest.mark.case("api-E-03")
def test_server_of_a_withdrawn_organisation(ask, client, organisation, control):
    """Its webhook is Deactivated with the organisation, and stays so when tables are replaced."""
    body = SERVER | {"NotificationWebhook": "https://acme.example/hook"}
    assert ask("POST", f"/organisations/{organisation}/authorisationservers", json=body).status_code == 201
    (known,) = control("GET", "/_mock/webhooks").json()["subscriptions"]
    control("POST", f"/_mock/webhooks/subscriptions/{known['id']}:confirm")
    assert ask("DELETE", f"/organisations/{organisation}").status_code == 204
    admin = client(scope="directory:admin")
    told = admin("GET", "/organisations/authorisationservers/webhooks").json()
    assert [each["WebhookStatus"] for each in told] == ["Deactivated"]
    document = control("GET", "/_mock/export").content
    assert control("POST", "/_mock/import", content=document).status_code == 200
    assert [each["status"] for each in control("GET", "/_mock/webhooks").json()["subscriptions"]] == ["Deactivated"]


def test_unsubscribe_url_ends_it(ask, organisation, confirmed, receiver, post, issue, visit):
    """UnsubscribeURL of a notification deactivates the subscription."""
    issue()
    post()
    assert visit(receiver.notifications[0].told["UnsubscribeURL"]).status_code == 200
    assert _status(ask, organisation, confirmed) == "Deactivated"


def test_server_subscribes_too(ask, client, organisation, receiver, post, visit):
    """The address of an authorisation server is asked, confirmed and told in the operations on webhooks."""
    body = SERVER | {"NotificationWebhook": receiver.url}
    made = ask("POST", f"/organisations/{organisation}/authorisationservers", json=body)
    assert made.status_code == 201, made.text
    post()
    visit(receiver.received[0].told["SubscribeURL"])
    told = client(scope="directory:admin")("GET", "/organisations/authorisationservers/webhooks").json()
    assert told == [{"AuthorisationServerId": made.json()["AuthorisationServerId"], "WebhookStatus": "Confirmed"}]


def test_control_confirms_and_renews(confirmed, control, receiver, post):
    """The control listener asks anew, with another token, and confirms in the place of a receiver that cannot."""
    (known,) = control("GET", "/_mock/webhooks").json()["subscriptions"]
    renewed = control("POST", f"/_mock/webhooks/subscriptions/{known['id']}:renew").json()
    assert (renewed["status"], renewed["owner_id"]) == ("Pending", confirmed)
    post()
    assert [each.told["Type"] for each in receiver.received] == ["SubscriptionConfirmation"]
    done = control("POST", f"/_mock/webhooks/subscriptions/{renewed['id']}:confirm").json()
    assert done["status"] == "Confirmed"
    assert control("POST", "/_mock/webhooks/subscriptions/none:confirm").status_code == 404


class TestPrivateAddresses:
    """Without the setting."""

    @pytest.fixture
    def options(self):
        return {}

    @pytest.mark.case("api-C-01", "api-C-02")
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "[::1]", "2130706433", "127.1"])
    def test_server_may_not_listen_on_this_machine(self, ask, organisation, host):
        """The webhook of an authorisation server is refused like that of an application, at creation and update."""
        path = f"/organisations/{organisation}/authorisationservers"
        refused = ask("POST", path, json=SERVER | {"NotificationWebhook": f"http://{host}:9000/hook"})
        assert refused.status_code == 400
        assert "NotificationWebhook must not point to this machine" in refused.json()["errors"][0]
        made = ask("POST", path, json=SERVER).json()["AuthorisationServerId"]
        change = SERVER | {"Status": "Active", "NotificationWebhook": f"http://{host}/"}
        assert ask("PUT", f"{path}/{made}", json=change).status_code == 400
