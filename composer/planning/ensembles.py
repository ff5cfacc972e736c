"""Ensembles that a painting may suggest: by period and school named in the caption, or by feeling.

Three to five parts with clear roles. Words weigh more than feeling; among several that fit, the seed chooses. Ensembles
of the many musics that General MIDI cannot render are left out rather than caricatured.
"""

from __future__ import annotations

from dataclasses import dataclass

from composer.planning.tradition_styles import words_of

__all__ = ["ENSEMBLES", "Ensemble"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """A group of parts.

    Attributes
    ----------
    name : what one would call it.
    parts : (role, General MIDI program) in score order; the program of drums is 0.
    words : caption words that suggest it; empty when only feeling does.
    valence, arousal : the feeling it suits best, in [-1, 1].
    kind : ``"school"``: chosen by its words, before all others, and never without; ``"period"``: only where its words
        stand, in competition; ``"feeling"``: anywhere.
    """

    name: str
    parts: tuple[tuple[str, int], ...]
    words: tuple[str, ...]
    valence: float
    arousal: float
    kind: str


def _ensemble(
    name: str, parts: str, valence: float, arousal: float, words: str = "", *, kind: str = "feeling"
) -> Ensemble:
    """Read ``"melody 40, bass 42"``."""
    pairs = [part.split() for part in parts.split(",")]
    return Ensemble(
        name=name,
        parts=tuple((role, int(program)) for role, program in pairs),
        words=tuple(word.strip() for word in words.split(",") if word.strip()),
        valence=valence,
        arousal=arousal,
        kind=kind,
    )


ENSEMBLES: tuple[Ensemble, ...] = (
    # Schools outside Europe; only where the words name them.
    _ensemble("shakuhachi, koto and cello", "melody 77, harmony 107, bass 42", 0.0, -0.3,
              words_of("japanese"), kind="school"),
    _ensemble("erhu, dizi, guzheng and cello", "counter 73, melody 110, harmony 107, bass 42", 0.0, 0.0,
              words_of("chinese"), kind="school"),
    _ensemble("daegeum, haegeum, gayageum and cello", "melody 77, counter 110, harmony 107, bass 42", 0.0, -0.1,
              words_of("korean"), kind="school"),
    _ensemble("flute, oud, santur and bass", "melody 73, counter 15, harmony 24, bass 32", 0.0, 0.0,
              f"{words_of('persian')}, {words_of('ottoman')}, {words_of('arab')}", kind="school"),
    _ensemble("flute, sitar, harmonium and cello", "melody 73, counter 104, harmony 20, bass 42", 0.0, 0.0,
              words_of("indian"), kind="school"),
    _ensemble("vibraphone and marimba for metallophones", "melody 11, harmony 12, bass 32", 0.2, 0.2,
              words_of("balinese"), kind="school"),
    _ensemble("masenqo, washint, krar and bass", "melody 110, counter 73, harmony 24, bass 32", 0.1, 0.0,
              words_of("ethiopian"), kind="school"),
    _ensemble("balafon, kora and bass", "melody 12, harmony 46, bass 32", 0.3, 0.3,
              words_of("west-african"), kind="school"),
    _ensemble("panpipes, guitar and bass", "melody 75, harmony 24, bass 32", 0.2, 0.2,
              words_of("andean"), kind="school"),
    _ensemble("trumpet, violin, guitar and bass", "melody 56, counter 40, harmony 24, bass 32", 0.3, 0.4,
              words_of("mexican"), kind="school"),
    _ensemble("guitar and flute", "melody 73, harmony 24, bass 32", 0.0, 0.3,
              "spanish, flamenco, andalusian, guitar, guitarist, lute player", kind="school"),
    _ensemble("fiddle, whistle, harp and bass", "counter 78, melody 110, harmony 46, bass 43", 0.3, 0.4,
              "irish, scottish, highland, celtic, village dance, peasant dance, fiddler", kind="school"),
    # Periods and places.
    _ensemble("choir and organ", "melody 52, harmony 19, bass 43", 0.0, -0.3,
              "cathedral, church interior, crucifixion, lamentation, resurrection, altarpiece, byzantine, saint, "
              "annunciation, madonna, virgin, holy family, nativity, christ, angel, prayer", kind="period"),
    _ensemble("recorder consort with harpsichord", "melody 74, counter 41, harmony 6, bass 42", 0.2, -0.1,
              "renaissance, medieval, mannerism, mannerist", kind="period"),
    _ensemble("trio sonata", "melody 68, counter 40, harmony 6, bass 42", 0.1, 0.2,
              "baroque, dutch golden age, vanitas, caravaggism, rococo", kind="period"),
    # What is seen, and what people feel.
    _ensemble("string quartet", "melody 40, counter 40, harmony 41, bass 42", 0.2, 0.0,
              "neoclassical, academic, portrait, expressionist, scholar, nobleman, noblewoman, interior, landscape"),
    _ensemble("classical winds", "melody 73, counter 68, harmony 71, bass 70", 0.5, 0.2,
              "rococo, garden, pastoral, shepherd, shepherdess, meadow, sheep, park, bird, farm animal, village"),
    _ensemble("wind quintet", "melody 73, counter 68, harmony 71, harmony 60, bass 70", 0.5, 0.4,
              "forest, landscape, wooded landscape, orchard, animal, hunt, farm, market"),
    _ensemble("piano trio", "melody 40, harmony 0, bass 42", 0.1, 0.1,
              "romantic, realist, interior, quiet room, salon, library, group of figures, company, still life"),
    _ensemble("piano quartet", "melody 40, counter 41, harmony 0, bass 42", 0.3, 0.1,
              "romantic, garden party, company, street, village, landscape"),
    _ensemble("flute, harp and strings", "melody 73, counter 71, harmony 46, bass 42", 0.5, -0.3,
              "impressionist, pointillist, water lilies, pond, lake, egyptian, nymph, still life"),
    _ensemble("flute, viola and harp", "melody 73, counter 41, harmony 46", 0.4, -0.5,
              "impressionist, symbolist, art nouveau, garden, still water, nude figure, landscape"),
    _ensemble("small orchestra", "melody 40, counter 60, harmony 48, bass 43", 0.1, 0.6,
              "mountain, sea, seascape, storm, stormy sea, ship, battle, history, cavalry, volcano, waterfall, king"),
    _ensemble("horn and string trio", "melody 60, counter 40, harmony 41, bass 42", 0.2, -0.1,
              "mountain, mountain landscape, landscape, castle, castle or palace, ruin, valley, waterfall, hill, king"),
    _ensemble("oboe quartet", "melody 68, counter 40, harmony 41, bass 42", 0.4, -0.3,
              "open country, shepherd, field, coast, beach, river, peasant, landscape"),
    _ensemble("brass quintet", "melody 56, counter 56, harmony 60, harmony 57, bass 58", 0.4, 0.6,
              "city view, castle, castle or palace, procession, nobleman, soldier, knight, tower, harbour"),
    _ensemble("saxophone quartet", "melody 64, counter 65, harmony 66, bass 67", 0.3, 0.3,
              "abstract, cubist, pop, city, city view, street, buildings, composition of shapes, fauvist"),
    _ensemble("clarinet, vibraphone, piano and bass", "melody 71, counter 11, harmony 0, bass 32", 0.2, 0.1,
              "abstract, cubist, surrealist, geometric forms, city, street, cafe, factory"),
    _ensemble("clarinet, accordion, guitar and bass", "melody 71, counter 21, harmony 24, bass 32", 0.6, 0.4,
              "fauvist, cafe, street, market, village, harbour, dancer, people at work, post impressionist"),
    _ensemble("flute, celesta, viola and cello", "melody 73, counter 8, harmony 41, bass 42", 0.3, -0.6,
              "winter, snow, snowy landscape, moonlight, night, fairy, imagined scene, child, stars"),
    _ensemble("english horn, viola and cello", "melody 69, harmony 41, bass 42", -0.3, -0.4,
              "dusk, autumn, ruin, evening, cemetery, winter, snow, snowy landscape, sunset"),
    _ensemble("solo piano", "melody 0, harmony 0", 0.1, -0.4,
              "salon, pianist, piano, portrait, single figure, interior, woman, man"),
    _ensemble("flute and piano", "melody 73, harmony 0", 0.6, 0.1, "woman, girl, young woman, bird, flowers, child"),
    _ensemble("clarinet and piano", "melody 71, harmony 0", 0.2, -0.2, "man, portrait, self portrait, single figure"),
    _ensemble("violin and piano", "melody 40, harmony 0", -0.1, -0.3, "portrait, woman, violinist, self portrait"),
    _ensemble("viola and piano", "melody 41, harmony 0", -0.4, -0.4, "man, old man, old woman, portrait, dusk"),
    _ensemble("cello and piano", "melody 42, harmony 0", -0.5, -0.6, "old man, bearded man, scholar, portrait"),
    _ensemble("violin and guitar", "melody 40, harmony 24", 0.3, 0.0, "still life, drinkers, musician"),
    _ensemble("solo guitar", "melody 24, harmony 24", 0.3, -0.4, "still life, interior, fruit, woman, flowers"),
    _ensemble("flute and guitar", "melody 73, harmony 24", 0.6, -0.3, "still life, flowers, fruit, girl, garden"),
    _ensemble("harpsichord", "melody 6, harmony 6", 0.4, 0.0, "rococo, baroque, vanitas, dutch golden age",
              kind="period"),
    # Feelings.
    _ensemble("oboe, viola, piano and cello", "melody 68, counter 41, harmony 0, bass 42", -0.6, -0.4),
    _ensemble("strings and harp", "melody 40, counter 41, harmony 46, bass 42", 0.2, -0.6),
    _ensemble("clarinet, cello and piano", "melody 71, harmony 0, bass 42", -0.5, 0.0),
    _ensemble("clarinet and guitar", "melody 71, harmony 24, bass 43", 0.5, -0.4, "still life, fruit, market"),
    _ensemble("violin, trombone, strings, bass", "melody 40, counter 57, harmony 48, bass 43", -0.6, 0.7,
              "storm, stormy sea, shipwreck, battle, fire, war, volcano, demon, hell"),
    _ensemble("brass, strings and drums", "melody 56, counter 60, harmony 48, bass 43, drums 0", -0.3, 0.9),
    _ensemble("woodwind and piano", "melody 73, counter 71, harmony 0, bass 43", 0.6, 0.3),
    _ensemble("dance band", "melody 71, counter 56, harmony 0, bass 32, drums 0", 0.8, 0.7,
              "carnival, circus, dance hall, fair, festival, cabaret, theatre, drinkers in a tavern"),
)  # fmt: skip
"""All ensembles, those with words first."""
