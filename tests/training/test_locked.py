from composer.perception.artist_keys import artist_key
from composer.training.perception.locked import Locked


def test_spellings_of_one_artist_share_a_key():
    assert artist_key("Ivan Konstantinovich Aivazovsky") == artist_key("Ivan Aivazovsky")
    assert artist_key("Joseph Mallord William Turner") == artist_key("William Turner")
    assert artist_key("Diego Velázquez") == artist_key("diego velazquez")
    assert artist_key("Bazille") == artist_key("Frédéric Bazille")


def test_a_share_of_artists_is_locked_and_more_among_the_classical():
    names = [f"Painter {number}" for number in range(2000)]
    none = Locked(classical=frozenset())
    classical = Locked(classical=frozenset(map(artist_key, names)))
    assert 0.09 < sum(map(none.holds, names)) / 2000 < 0.15
    assert 0.21 < sum(map(classical.holds, names)) / 2000 < 0.29
    assert all(classical.holds(name) for name in names if none.holds(name))


def test_a_missing_name_is_not_locked():
    assert not Locked(classical=frozenset()).holds("")
