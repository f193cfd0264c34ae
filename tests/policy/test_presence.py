"""A term that acts on nobody is an error, not a result that says nothing happened."""

import pytest
from tests.policy.small import HERE, A, B, pair

from lodestock.errors import LodestockError
from lodestock.policy.instruments import apply
from lodestock.policy.terms import (
    Amount,
    ContractForDifference,
    Outage,
    ProductionSubsidy,
    SupplySurge,
)

# Country A makes, country B uses.
NOBODY = {
    "outage": Outage(**HERE, countries=B, lost_share=0.5),
    "supply surge": SupplySurge(**HERE, countries=B, added_share=0.5),
    "production subsidy": ProductionSubsidy(
        **HERE, producers=B, payers=B, amount=Amount(usd_per_t=5.0), volume_t=None
    ),
    "contract for difference": ContractForDifference(
        **HERE, producers=B, payers=B, strike=Amount(usd_per_t=500.0), volume_t=None
    ),
}


@pytest.mark.parametrize("kind", NOBODY)
def test_a_term_on_countries_without_output_names_those_that_have_some(kind: str):
    with pytest.raises(LodestockError, match=f"^{kind} '.*': {B[0]}: no output of testium") as caught:
        apply(pair(), [NOBODY[kind]])
    assert caught.value.allowed == A[0]
