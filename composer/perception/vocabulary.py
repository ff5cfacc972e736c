"""The words that captions are made of.

Every term is a fragment that fits one place of the caption's sentence as it stands:

=========  =====================================  ===========================================
group      fragment                               example
=========  =====================================  ===========================================
subject    noun phrase with its article           ``a stormy sea with ships``
setting    adverbial phrase of place              ``beside a river``
light      adverbial phrase of light or weather   ``under heavy cloud``
style      adjective phrase before «painting»     ``Romantic``, or a noun phrase of its own
mood       adjective                              ``solitary``
=========  =====================================  ===========================================

A subject has a *kind*; settings and lights name the kinds that they go with, so that no portrait is ever said to
stand «in the open sea». The *cues* are words in a work's title that count as naming the term; they are used only to
measure and calibrate.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["GROUPS", "KINDS", "MOODS", "Term", "fingerprint", "prompt", "style_phrase", "terms"]

GROUPS = ("subject", "setting", "light", "style", "mood")
KINDS = ("person", "people", "sacred", "land", "water", "town", "room", "things", "animal", "pattern")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One fragment.

    Attributes
    ----------
    group : one of `GROUPS`.
    text : the fragment as it stands in a caption.
    kinds : for a subject its one kind, for a setting or light the kinds it goes with, else all `KINDS`.
    cues : words in a title that name it; a cue of two words needs both.
    """

    group: str
    text: str
    kinds: tuple[str, ...]
    cues: tuple[str, ...]


_SUBJECTS = {
    "person": """
a woman | woman, lady, madame, mrs, wife
a young woman | young woman, young lady, mademoiselle
an old woman | old woman, grandmother
a man | man, gentleman, mr
a young man | young man, youth
an old man | old man
a bearded man | beard, bearded
a girl | girl, little girl
a boy | boy
a child | child, infant
a baby | baby
a self-portrait of the painter | self portrait
a nobleman | count, baron, duke, lord, nobleman
a noblewoman | countess, duchess, baroness, marquise
a king | king, emperor, tsar
a queen | queen, empress, infanta
a princess | princess
a soldier | soldier, officer, general, captain, colonel
a knight in armour | knight, armour
a scholar | scholar, philosopher, doctor, professor
a writer | writer, poet, novelist
a musician | musician, composer, violinist, pianist
a woman playing an instrument | guitar, piano, lute, violin
an actor in costume | actor, actress, role
a dancer | dancer, ballerina
a nun | nun
a priest | priest, bishop, cardinal, pope, monk
a peasant | peasant
a peasant woman | peasant woman
a fisherman | fisherman
a beggar | beggar
a shepherd | shepherd, shepherdess
a woman reading | reading, reader
a woman sewing | sewing, embroidery, knitting, lace
a sleeping woman | sleeping, asleep, sleep
a bather | bather
a seated nude | nude, seated nude
a reclining nude | reclining nude
a standing nude | standing nude, academic nude
a woman in a hat | hat
a woman with a fan | fan
a woman with flowers | woman flowers, girl flowers
a woman in a red dress | red dress
a woman in white | white dress, woman white
a woman at a mirror | mirror, toilette
a woman at a window | woman window, girl window
a head in profile | profile
a warrior on horseback | rider, horseman, equestrian
a nymph | nymph, naiad
Venus | venus
Cupid | cupid, amor
an angel | angel
a demon | demon, devil
a sphinx | sphinx, chimera
Salome | salome
""",
    "people": """
a mother and child | mother, mother child, motherhood
a family | family
two women | two women, two ladies
two girls | two girls, sisters
two children | two children, children
lovers | lovers, couple, kiss
a group of figures | figures, group
dancers | dancers, ballet
dancing figures | dance, dancing
musicians | musicians, concert, orchestra
bathers | bathers, bathing
peasants at work | peasants, harvest, harvesters, reapers, gleaners
women washing clothes | laundresses, washerwoman, washerwomen
workers | workers, labour
a crowd | crowd, people
a market | market, fair
a feast | feast, banquet, supper, dinner
a company at table | luncheon, breakfast, table
card players | cards, players
drinkers in a tavern | tavern, drinkers, drinking
a ball | ball, masquerade
a wedding | wedding, marriage, bride
a funeral | funeral, burial
a procession | procession
a hunt | hunt, hunting, hunters
a battle | battle, cavalry, war
soldiers on the march | soldiers, troops, army
a scene from history | history, oath, capture
a scene from mythology | myth, apollo, diana, jupiter, hercules, bacchus
a scene from a fairy tale | fairy, tale, prince
a scene from a play | theatre, shakespeare, hamlet, faust, opera
a circus | circus, clown, acrobats
a bacchanal | bacchanal, bacchante, satyr
riders on horseback | riders, horsemen
the dead and the mourning | death, dead, mourning
""",
    "sacred": """
the Virgin and Child | madonna, virgin child, virgin
the Holy Family | holy family
the Nativity | nativity
the Adoration of the Magi | magi, adoration
the Annunciation | annunciation
the Crucifixion | crucifixion, cross
the Lamentation of Christ | lamentation, pieta, entombment, deposition
the Resurrection | resurrection
the Last Supper | last supper, emmaus
Christ | christ, jesus
a saint | saint, st
a saint in prayer | praying, prayer, penitent
Saint John the Baptist | john baptist
Saint Mary Magdalene | magdalene
Saint Sebastian | sebastian
Saint George and the dragon | george dragon
an apostle | apostle, peter, paul
a prophet | prophet, moses, elijah
Adam and Eve | adam, eve
David and Goliath | goliath, david
Judith | judith, holofernes
an assembly of angels | angels
a vision of heaven | heaven, paradise, glory, assumption
the Last Judgement | judgement, apocalypse, hell, inferno
a biblical scene | abraham, jacob, joseph, samson, solomon, daniel, noah
Buddha | buddha
a Hindu god | krishna, shiva, vishnu
""",
    "land": """
a landscape | landscape
a wooded landscape | wood, woods, wooded
a hilly landscape | hills, hill
a mountain landscape | mountains, mountain
high snowy peaks | himalayas, peaks, everest, alps
a valley | valley
a plain under a wide sky | plain, steppe
a field of wheat | wheat, wheatfield, cornfield, corn
a meadow | meadow, meadows
a field | field, fields
haystacks | haystack, haystacks, grainstack, hay
a forest | forest
a forest path | forest path, path, lane
birch trees | birch, birches
pine trees | pine, pines, fir
poplars | poplars, poplar
olive trees | olive
a large tree | tree, oak
blossoming trees | blossom, blossoming, bloom
an orchard | orchard, apple trees
a garden | garden
a park | park
a flower garden | garden flowers, roses garden
a country road | road
a farm | farm, farmhouse
a mill | mill, windmill, watermill
a cottage | cottage, hut
cliffs | cliff, cliffs
rocks | rocks, rock
a quarry | quarry
a volcano | volcano, vesuvius, eruption
a desert | desert, sahara, egypt
ruins | ruins, ruin
a castle on a hill | castle
a waterfall | waterfall, falls, cascade
a snowy landscape | snow
a winter landscape | winter
an autumn landscape | autumn
a spring landscape | spring
a summer landscape | summer
a landscape with cattle | cows, cattle
a landscape with figures | landscape figures
a starry night | starry, stars
clouds | clouds, cloud
a sunset | sunset
a sunrise | sunrise, dawn
a shipwreck on the rocks | shipwreck, wreck
""",
    "water": """
the sea | sea, ocean
a stormy sea | storm, stormy, tempest
a stormy sea with ships | storm sea, ship storm
a calm sea | calm
waves breaking on the shore | wave, waves, surf
a beach | beach
a coast | coast, shore, seashore
a rocky coast | rocks sea, rocky
a bay | bay, gulf
a harbour | harbour, harbor, port
ships at sea | ship, ships, frigate, fleet
sailing boats | sailing, sailboats, regatta, yachts
fishing boats | fishing boats, fishing
boats on a river | boats, boat
a sea battle | naval, sea battle
a river | river
a river landscape | seine, banks, volga, thames, dnieper
a lake | lake
a mountain lake | mountain lake
a pond | pond
water lilies | water lilies, lilies
a stream | stream, brook
a marsh | marsh, swamp
a flood | flood, deluge
a bridge over a river | bridge
a canal | canal
a frozen river | frozen, ice, skaters
a lighthouse by the sea | lighthouse
""",
    "town": """
a city view | city, view
a street | street
a street with people | boulevard, avenue
a square | square, piazza, place
a village | village
a village street | village street
a town by the water | venice, amsterdam
Venice | venice
rooftops | roofs, rooftops
a church | church
a cathedral | cathedral
a monastery | monastery, convent
a temple | temple, pagoda
a mosque | mosque
a palace | palace
a castle | castle
a fortress | fortress, tower
a courtyard | courtyard, yard
a house | house
houses among trees | houses
a factory town | factory, factories, chimney
a railway station | station, railway, train
a bridge in the city | pont, bridge
a café terrace | cafe, terrace
a city gate | gate, arch
a staircase | staircase, stairs
an architectural fantasy | architecture, capriccio
""",
    "room": """
an interior | interior
a quiet room | room
a bedroom | bedroom
a kitchen | kitchen
a studio | studio, atelier
a library | library
a church interior | interior church, interior cathedral
an open window | window, open window
a café interior | cafe, bar
a theatre | theatre, loge, box
a stage set | stage, set design, scenery
a prison | prison, dungeon
a school | school
""",
    "things": """
a still life | still life
a vase of flowers | vase, flowers vase
a bouquet of flowers | bouquet, flowers
roses | roses, rose
sunflowers | sunflowers
irises | irises, iris
lilacs | lilac, lilacs
peonies and chrysanthemums | peonies, peony, chrysanthemums
tulips | tulips
fruit on a table | fruit, fruits
apples and pears | apples, pears, apple
grapes and peaches | grapes, peaches
lemons and oranges | lemons, oranges
game and poultry | game, hare, partridge
fish and shellfish | fish, oysters, lobster
bread, glass and jug | bread, glass, jug, bottle
a skull and a candle | skull, vanitas
books and papers | books
musical instruments | instruments
shells | shells, shell
a costume | costume
a poster | poster, advertisement
a book illustration | illustration, page
a book cover | cover, title page
an ornament | ornament, vignette, decorative
a drawing of a figure | drawing, sketch, study
""",
    "animal": """
a horse | horse
horses | horses
a dog | dog, hound
a cat | cat
cows in a pasture | cow, cows, bull
sheep | sheep, lambs, flock
birds | birds, bird
a rooster and hens | rooster, hens, chickens
a peacock | peacock
swans | swan, swans
an eagle | eagle, falcon
cranes | cranes, crane, heron
a lion | lion, lioness
a tiger | tiger
a bear | bear
deer | deer, stag
a dragon | dragon, serpent
fishes in water | fishes, carp
butterflies and insects | butterfly, insects
a monkey | monkey
an elephant | elephant
""",
    "pattern": """
a composition of colours | composition, abstract, abstraction
geometric forms | geometric, cubist
flowing lines | lines, rhythm
a decorative pattern | pattern, ornament
a symbolic vision | vision, dream, creation
an allegory | allegory, allegorical
a fantastic world | fantasy, fantastic, legend
""",
}

_SETTINGS = """
beside a river | water land people animal town | river, seine, banks
by the sea | land people person animal town | sea, shore, beach, coast
in a garden | people person things animal | garden
in a forest | people person animal sacred | forest, wood
in the mountains | people person animal sacred town | mountains, mountain
in open country | people person animal sacred | landscape, field
in a meadow | people person animal | meadow
in a village | people person animal | village
in a city street | people person animal | street, city
on a road | people person animal | road, path
in a room | person people things animal | interior, room
at a table | person people | table
at a window | person things | window
in a park | people person | park
in a church | people sacred | church, cathedral
in a courtyard | people person animal | courtyard, yard
in a boat | people person | boat, boats
on horseback | person | horseback, equestrian, rider
among ruins | people person animal sacred land | ruins
among trees | people person animal town water | trees, wood
among rocks | people person sacred water animal | rocks
with mountains in the distance | land water town | mountains, mountain, hills
with a bridge | land water town | bridge
with a church | land water town | church
with boats | water town land | boats, boat
with trees along the water | water | trees, poplars
with a village in the distance | land water | village
with figures | land water town room | figures, people
with cattle | land water | cattle, cows
with a windmill | land water town | mill, windmill
with a book | person sacred | book, reading
with a dog | person people | dog
with fruit | things person | fruit
with flowers | things person people room | flowers
before a dark background | person things animal | portrait
before a landscape | person sacred people | landscape
in a palace | people person | palace
on a stage | people person | stage, theatre
among clouds | people sacred person | heaven, clouds, glory
"""

_LIGHTS = """
under heavy cloud | land water town animal | storm, clouds
under a stormy sky | land water town people | storm, stormy, tempest
under a clear sky | land water town animal people | sunny, clear
in bright sunlight | land water town people animal | sun, sunny, sunlight, midday
in the light of sunset | land water town people animal | sunset
at sunrise | land water town people | sunrise, dawn
in morning light | land water town people | morning
in evening light | land water town people animal | evening, twilight, dusk
by moonlight | land water town people | moonlight, moon
at night | land water town people room sacred | night
in mist | land water town | mist, fog, haze
in rain | land town people | rain
in snow | town people animal land | snow
in the light of autumn | land water town people | autumn
in the cold light of winter | land water town people | winter
in the fresh light of spring | land water people town | spring
in summer light | land water people town | summer
by candlelight | person people room things sacred | candle, candlelight, lamp
in soft light | person things room people animal | soft
in strong light and shadow | person sacred things people room | shadow, chiaroscuro
in golden light | person sacred land things people | golden, gold
"""

_STYLES = """
Baroque | baroque
Romantic | romanticism
Impressionist | impressionism
Post-Impressionist | post impressionism
Expressionist | expressionism
Symbolist | symbolism
Art Nouveau | art nouveau
Renaissance | renaissance
Mannerist | mannerism
Rococo | rococo
Neoclassical | neoclassicism
Realist | realism
Pointillist | pointillism
Fauvist | fauvism
Cubist | cubism
Surrealist | surrealism
abstract | abstract
naive | naive
academic | academic
medieval | medieval
Byzantine icon | icon
Japanese woodblock print | ukiyo
Japanese ink painting | japanese
Chinese ink painting | chinese
Chinese court painting | chinese court
Korean ink painting | korean
Indian miniature | indian
Persian miniature | persian
Tibetan thangka | tibetan
Egyptian wall painting | egyptian
"""

MOODS: dict[str, tuple[float, float]] = {
    "calm": (0.35, -0.65),
    "serene": (0.6, -0.5),
    "tender": (0.55, -0.25),
    "gentle": (0.45, -0.4),
    "warm": (0.55, 0.0),
    "hopeful": (0.5, 0.2),
    "cheerful": (0.75, 0.4),
    "joyful": (0.85, 0.6),
    "festive": (0.7, 0.75),
    "playful": (0.6, 0.55),
    "proud": (0.35, 0.35),
    "majestic": (0.3, 0.5),
    "passionate": (0.25, 0.75),
    "dreamlike": (0.2, -0.3),
    "nostalgic": (0.1, -0.45),
    "solemn": (-0.05, -0.35),
    "contemplative": (0.15, -0.2),
    "tranquil": (0.25, -0.45),
    "noble": (0.3, 0.05),
    "grave": (-0.25, -0.2),
    "uneasy": (-0.3, 0.1),
    "quiet": (0.05, -0.7),
    "mysterious": (-0.1, 0.1),
    "dramatic": (-0.1, 0.6),
    "restless": (-0.25, 0.4),
    "solitary": (-0.3, -0.5),
    "melancholy": (-0.45, -0.4),
    "lonely": (-0.55, -0.3),
    "sorrowful": (-0.7, -0.35),
    "gloomy": (-0.6, -0.1),
    "anxious": (-0.5, 0.35),
    "threatening": (-0.65, 0.55),
    "violent": (-0.75, 0.8),
}
"""Mood words with valence and arousal in [-1, 1]; our own placing on the circumplex of Russell (1980)."""

_NOUN_STYLES = ("icon", "print", "painting", "miniature", "thangka")


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def _cues(cell: str) -> tuple[str, ...]:
    return tuple(cue.strip() for cue in cell.split(","))


@lru_cache(maxsize=1)
def terms() -> tuple[Term, ...]:
    """Return all terms, group by group, in a fixed order."""
    found = [
        Term(group="subject", text=text, kinds=(kind,), cues=_cues(cues))
        for kind, table in _SUBJECTS.items()
        for text, cues in _rows(table)
    ]
    for group, table in (("setting", _SETTINGS), ("light", _LIGHTS)):
        found += [
            Term(group=group, text=text, kinds=tuple(kinds.split()), cues=_cues(cues))
            for text, kinds, cues in _rows(table)
        ]
    found += [Term(group="style", text=text, kinds=KINDS, cues=_cues(cues)) for text, cues in _rows(_STYLES)]
    found += [Term(group="mood", text=word, kinds=KINDS, cues=(word,)) for word in MOODS]
    return tuple(found)


def prompt(term: Term) -> str:
    """Return the sentence under which an image-text encoder is asked for a term."""
    match term.group:
        case "subject":
            return f"a painting of {term.text}"
        case "setting" | "light":
            return f"a painting of a scene {term.text}"
        case "style":
            return f"a {style_phrase(term.text)}"
        case _:
            return f"a {term.text} painting"


def style_phrase(style: str) -> str:
    """Return the style as a noun phrase without article: ``"Romantic painting"``, ``"Persian miniature"``."""
    return style if style.endswith(_NOUN_STYLES) else f"{style} painting"


def fingerprint() -> str:
    """Return the SHA-256 of the vocabulary, by which weights know that they were made for it."""
    rows = [(term.group, term.text, prompt(term)) for term in terms()]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
