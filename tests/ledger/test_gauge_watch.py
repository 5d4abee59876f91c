"""The watch over the gauges looks when something was written, and sees what is wrong."""

import pytest
from django.db.models import F

from tests.ledger.cast import Cast
from tests.ledger.gauge import GaugeWatch, replayed
from tests.ledger.looking import books_of
from zhicunbao.ledger import rules
from zhicunbao.ledger.models import Account, Purse, Transfer


def test_whole_books_pass_and_quiet_ones_are_not_looked_at_twice(cast: Cast) -> None:
    watch = GaugeWatch()
    watch.look()
    books_of(cast)
    watch.look()
    watch.look()
    assert watch.looks == 1
    assert replayed() == Transfer.objects.count() == 12


@pytest.mark.parametrize("part", ["fund", "redeemed", "expired", "issue"])
def test_a_point_too_many_is_seen(cast: Cast, part: str) -> None:
    purse = books_of(cast)
    wrong = Account.objects.filter(code=rules.purse_code(purse.pk, part))
    wrong.update(credits_posted=F("credits_posted") + 1)
    with pytest.raises(AssertionError):
        GaugeWatch().look()


def test_a_holder_with_a_point_too_few_is_seen(cast: Cast) -> None:
    books_of(cast)
    Account.objects.filter(code=cast.code()).update(credits_posted=F("credits_posted") - 1)
    with pytest.raises(AssertionError):
        GaugeWatch().look()
    with pytest.raises(AssertionError):
        replayed()


def test_rows_that_do_not_make_the_figures_are_seen(cast: Cast) -> None:
    purse = books_of(cast)
    accounts = Account.objects.filter(purse=purse, holder_kind="purse")
    accounts.filter(code=rules.purse_code(purse.pk, "issue")).update(debits_posted=1_001)
    accounts.filter(code=rules.fund_code(purse.pk)).update(credits_posted=F("credits_posted") + 1)
    GaugeWatch().look()
    with pytest.raises(AssertionError):
        replayed()
    assert Purse.objects.count() == 1
