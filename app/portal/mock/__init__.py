"""The pages of the mock's own powers: what the control listener does for programs, for super users in a browser.

A page of this section takes a `PowerVisitor` instead of a `Visitor` (visits.py), has its entry in `navigation.MOCK`,
its paths under `/mock`, its templates in `templates/mock`, and its texts in a file `mock_<page>.toml`. It calls the
same powers as `app/control` by the same readings of what was asked for (`app/web/wanted`), so that a form can do
nothing that a call to `/_mock` could not, and every finding stands beside its field.

Paths, beside those in `app/portal/__init__.py`:

    mock/clock[/reset], mock/faults[/new|/clear|/{fault_id}/end], mock/propagation[/flush|/reset]
    mock/scenarios[/{name}[/start|/advance|/end]], mock/certificates[/new|/made/{kid}[/hold|/{file}]]
"""
