"""Things that the image tower was taught to know in photographs, said by the name of their family.

The published tower tells a thousand ImageNet classes apart, many of them breeds and brands of one thing. What a caption
says is the family: «a dog» for a hundred and eighteen breeds. A family's share is the sum over its classes.

Conventions
-----------
* Classes are numbered as ImageNet (ILSVRC 2012) numbers them, 0..999; ``7-8 10`` means 7, 8 and 10.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from composer.perception.words import KEPT, Ranking

__all__ = ["FAMILIES", "classes_of", "object_shares", "rank_objects"]

_TABLE = """
a fish | 0-1 389-397
a shark | 2-4
a ray | 5-6
a rooster or hen | 7-8
a bird | 9-24 80-99 127-144 146
a swan | 100
a penguin | 145
a frog | 25-32
a turtle | 33-37
a lizard | 38-48
a crocodile | 49-50
a snake | 52-68
a spider | 72-77 815
a kangaroo or koala | 104-106
a snail or shell | 111-117
a crab or lobster | 118-125
a whale | 147-149
a seal | 150
a dog | 151-268
a wolf | 269-275
a fox | 277-280
a cat | 281-285
a big cat | 286-290 293
a lion | 291
a tiger | 292
a bear | 294-297
a small animal | 298-299 333-338 356-364
an insect | 300-308 310-320
a bee | 309 599
a butterfly | 321-326
a starfish | 327-329
a rabbit | 330-332
a horse | 339 603
a zebra | 340
a pig | 341-343
a hippopotamus | 344
cattle | 345-347 690
a sheep or goat | 348-350
an antelope | 351-353
a camel or llama | 354-355
an ape | 365-369
a monkey | 370-384
an elephant | 101 385-386
a panda | 387-388
a gun | 413 763-764
a cannon | 471
a tank | 586 847
a missile | 657 744
a knife | 499 623
a car | 436 468 511 575 609 627 656 661 717 751 817
an ambulance | 407
a fire engine | 555
a police van | 734
a truck | 569 675 864 867
a tractor | 595 730 856 866
a bus | 654 779 874
a train | 466 547 565 705 820 829
an aeroplane | 404 895 908
an airship or balloon | 405 417
a parachute | 701
a spacecraft | 812
a bicycle | 444 671 870 880
a motorcycle | 665 670
a sailing boat | 484 780 871 914
a boat | 472 554 576 625 693 814
a ship | 403 510 628 724 913
a submarine | 833
a church | 406 442 497 884
a castle | 483
a palace | 698
a monastery | 663
a mosque | 668
a temple | 832
a prison | 743
a lighthouse | 437
a barn | 425
a house by the water | 449
a thatched roof | 853
a tiled roof | 858
a bridge | 821 839 888
a dam | 525
a pier | 536 718
a fountain | 562
a fence | 489 716 912
a stone wall | 825
a monument | 649 682 708 863 873
bookshelves | 453-454 624
a restaurant | 762
a shop | 415 467 509 582 788 860 865
a stage | 819 854
a greenhouse | 580
a maze | 646
mountains | 970
a cliff | 972
a valley | 979
a volcano | 980
a seashore | 976-978
a lake | 975
a coral reef | 973
a geyser | 974
flowers | 984-986
mushrooms | 947 991-997
acorns | 988
maize | 987 998
hay | 958
fruit | 948-957 989
vegetables | 936-946
a dessert | 927-929 960
bread | 930-932
a dish of food | 924-926 933-935 959 961-965
coffee | 967
a drink | 966 969
a cup | 504 968
a bottle | 440 720 737 898 907
a glass | 441 572
a teapot | 505 849
a vase | 883
a guitar | 402 546
a violin or cello | 486 889
a piano | 579 881
a wind instrument | 432 513 558 566 683 776 875
drums | 541 822
a keyboard | 508 810 878
a computer | 527 590 620 664 681 782
a telephone | 487 528 707
a television | 851
a camera | 732 759
a clock | 409 530 892
a watch | 531 826
a candle | 470
an umbrella | 879
a toilet | 861
toilet paper | 700 999
a bathtub | 435 876
a bed | 520 564 669 750
a couch | 831
a chair | 423 559 703 765
a table | 526 532
a billiard table | 736
a ball | 429-430 522 574 722 768 805 852 890
a mask | 570 643
a hat | 439 515 808
a syringe | 845
a swing | 843
a carousel | 476
a pumpkin lantern | 607
a box | 478 519 549
a barrel | 427 756
yarn | 911
cotton swabs | 840
a paintbrush | 696
bubbles | 971
a padlock | 507 695
a sock | 496 806
a tent | 672
a solar panel | 807
a street sign | 919
a traffic light | 920
a waste bin | 412
a purse or wallet | 748 893
a helmet | 518 560
a wedding | 982
a diver | 801 983
a skier | 795
a dog sled | 537
"""


def _numbers(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in text.split():
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


FAMILIES: dict[str, tuple[int, ...]] = {
    phrase.strip(): _numbers(numbers)
    for phrase, _, numbers in (line.partition("|") for line in _TABLE.strip().splitlines())
}
"""Phrase -> classes."""


@lru_cache(maxsize=1)
def _matrix() -> NDArray[np.float32]:
    matrix = np.zeros((len(FAMILIES), 1000), np.float32)
    for row, numbers in enumerate(FAMILIES.values()):
        matrix[row, list(numbers)] = 1.0
    return matrix


def classes_of(phrase: str) -> tuple[int, ...]:
    """Return the ImageNet classes of a family."""
    return FAMILIES[phrase]


def object_shares(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the shares of the families, float32 (families,), from logits of the ImageNet classes, (1000,)."""
    shares = np.exp(logits - logits.max())
    found: NDArray[np.float32] = _matrix() @ (shares / shares.sum())
    return found


def rank_objects(logits: NDArray[np.float32]) -> Ranking:
    """Rank the families by their share.

    Parameters
    ----------
    logits : float32 (1000,): of the ImageNet classes.
    """
    found = object_shares(logits)
    names = tuple(FAMILIES)
    order = np.argsort(-found, kind="stable")[:KEPT]
    return tuple((names[place], min(float(found[place]), 1.0)) for place in order)
