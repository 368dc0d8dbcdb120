"""Uses the client that openapi-python-client made of our openapi.json: `generated_client_use.py BASE TOKEN ID`."""

import json
import sys

from made import AuthenticatedClient
from made.api.contacts import create_organisation_contact, get_organisation_contacts
from made.api.organisations import get_organisations
from made.models import ContactRequest

base, token, organisation_id = sys.argv[1:]
with AuthenticatedClient(base_url=base, token=token, raise_on_unexpected_status=True) as client:
    listed = get_organisations.sync_detailed(client=client)
    print("organisations", len(json.loads(listed.content)["content"]))
    body = ContactRequest.from_dict(
        {"ContactType": "Business", "EmailAddress": "made@client.example", "PhoneNumber": "+442012345678"}
    )
    print("made", create_organisation_contact.sync(organisation_id, client=client, body=body).email_address)
    contacts = get_organisation_contacts.sync_detailed(organisation_id, client=client)
    print("status", int(contacts.status_code), "made@client.example" in contacts.content.decode())
