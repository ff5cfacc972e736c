"""The subjects that captions can name, by kind and by the family under whose phrase they are said when unsure.

Each line is a phrase with its article, a bar, and words in a title that count as naming it; a cue of two words needs
both. A family's phrase stands where the family is sure and none of its members is.
"""

from __future__ import annotations

__all__ = ["PORTRAIT_NAMES", "SUBJECTS"]

SUBJECTS: dict[str, dict[str, str]] = {
    "person": {
        "a woman": """
a woman | woman, lady, madame, mrs, wife
a young woman | young woman, young lady, mademoiselle
an old woman | old woman, grandmother
a noblewoman | countess, duchess, baroness, marquise
a queen | queen, empress, infanta
a princess | princess
a nun | nun
a peasant woman | peasant woman
a woman reading | reading, reader
a woman sewing | sewing, embroidery, knitting, lace
a sleeping woman | sleeping, asleep, sleep
a woman in a hat | hat
a woman with a fan | fan
a woman with flowers | woman flowers, girl flowers
a woman in a red dress | red dress
a woman in white | white dress, woman white
a woman at a mirror | mirror, toilette
a woman at a window | woman window, girl window
a woman playing an instrument | guitar, piano, lute, violin
Salome | salome
""",
        "a man": """
a man | man, gentleman, mr
a young man | young man, youth
an old man | old man
a bearded man | beard, bearded
a nobleman | count, baron, duke, lord, nobleman
a king | king, emperor, tsar
a soldier | soldier, officer, general, captain, colonel
a knight in armour | knight, armour
a scholar | scholar, philosopher, doctor, professor
a writer | writer, poet, novelist
a priest | priest, bishop, cardinal, pope, monk
a fisherman | fisherman
a beggar | beggar
a warrior on horseback | rider, horseman, equestrian
""",
        "a child": """
a girl | girl, little girl
a boy | boy
a child | child, infant
a baby | baby, newborn, new born
""",
        "a nude figure": """
a bather | bather
a seated nude | nude, seated nude
a reclining nude | reclining nude
a standing nude | standing nude, academic nude
Venus | venus
a nymph | nymph, naiad
""",
        "a figure from legend": """
Cupid | cupid, amor
an angel | angel
a demon | demon, devil
a sphinx | sphinx, chimera
""",
        "a single figure": """
a self-portrait of the painter | self portrait
a musician | musician, composer, violinist, pianist
an actor in costume | actor, actress, role
a dancer | dancer, ballerina
a peasant | peasant
a shepherd | shepherd, shepherdess
a head in profile | profile
""",
    },
    "people": {
        "two figures": """
a mother and child | mother, mother child, motherhood
two women | two women, two ladies
two girls | two girls, sisters
two children | two children, children
lovers | lovers, couple, kiss
""",
        "people at work": """
peasants at work | peasants, harvest, harvesters, reapers, gleaners
women washing clothes | laundresses, washerwoman, washerwomen
workers | workers, labour
a market | market, fair
""",
        "a company of people": """
a feast | feast, banquet, supper, dinner
a company at table | luncheon, breakfast, table
card players | cards, players
drinkers in a tavern | tavern, drinkers, drinking
a ball | ball, masquerade
a wedding | wedding, marriage, bride
musicians | musicians, concert, orchestra
dancers | dancers, ballet
dancing figures | dance, dancing
a circus | circus, clown, acrobats
""",
        "a scene of war": """
a battle | battle, cavalry, war
soldiers on the march | soldiers, troops, army
""",
        "a scene from a story": """
a scene from history | history, oath, capture
a scene from mythology | myth, apollo, diana, jupiter, hercules, bacchus
a scene from a fairy tale | fairy, tale, prince
a scene from a play | theatre, shakespeare, hamlet, faust, opera
a bacchanal | bacchanal, bacchante, satyr
""",
        "a group of figures": """
a group of figures | figures, group
a family | family
bathers | bathers, bathing
a crowd | crowd, people
a funeral | funeral, burial
a procession | procession
a hunt | hunt, hunting, hunters
riders on horseback | riders, horsemen
the dead and the mourning | death, dead, mourning
""",
    },
    "sacred": {
        "the Virgin and the Christ Child": """
the Virgin and Child | madonna, virgin child, virgin
the Holy Family | holy family
the Nativity | nativity
the Adoration of the Magi | magi, adoration
""",
        "a scene from the life of Christ": """
the Crucifixion | crucifixion, cross
the Lamentation of Christ | lamentation, pieta, entombment, deposition
the Resurrection | resurrection
the Last Supper | last supper, emmaus
Christ | christ, jesus
""",
        "a saint": """
a saint | saint
a saint in prayer | praying, prayer, penitent
Saint John the Baptist | john baptist
Saint Mary Magdalene | magdalene
Saint Sebastian | sebastian
Saint George and the dragon | george dragon
an apostle | apostle, peter, paul
a prophet | prophet, moses, elijah
""",
        "a religious scene": """
the Annunciation | annunciation
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
    },
    "land": {
        "a wooded landscape": """
a wooded landscape | wood, woods, wooded
a forest | forest
a forest path | forest path, path, lane
birch trees | birch, birches
pine trees | pine, pines, fir
poplars | poplars, poplar
olive trees | olive
a large tree | tree, oak
an autumn landscape | autumn
""",
        "a mountain landscape": """
a mountain landscape | mountains, mountain
a hilly landscape | hills, hill
high snowy peaks | himalayas, peaks, everest, alps
a valley | valley
cliffs | cliff, cliffs
rocks | rocks, rock
a quarry | quarry
a volcano | volcano, vesuvius, eruption
a waterfall | waterfall, falls, cascade
""",
        "open country": """
a plain under a wide sky | plain, steppe
a field of wheat | wheat, wheatfield, cornfield, corn
a meadow | meadow, meadows
a field | field, fields
haystacks | haystack, haystacks, grainstack, hay
a country road | road
a farm | farm, farmhouse
a mill | mill, windmill, watermill
a cottage | cottage, hut
a landscape with cattle | cows, cattle
a summer landscape | summer
a desert | desert, sahara, egypt
""",
        "a snowy landscape": """
a snowy landscape | snow
a winter landscape | winter
""",
        "a garden": """
a garden | garden
a park | park
a flower garden | garden flowers, roses garden
blossoming trees | blossom, blossoming, bloom
an orchard | orchard, apple trees
a spring landscape | spring
""",
        "a landscape": """
a landscape | landscape
a landscape with figures | landscape figures
ruins | ruins, ruin
a castle on a hill | castle
a starry night | starry, stars
a moonlit landscape | moonlight, moonlit, moon
clouds | clouds, cloud
a sunset | sunset
a sunrise | sunrise, dawn
""",
    },
    "water": {
        "the sea": """
the sea | sea, ocean
a stormy sea | storm, stormy, tempest
a stormy sea with ships | storm sea, ship storm
a calm sea | calm
a moonlit sea | moonlight sea, moonlit sea, moon sea
waves breaking on the shore | wave, waves, surf
ships at sea | ship, ships, frigate, fleet
sailing boats | sailing, sailboats, regatta, yachts
a sea battle | naval, sea battle
a shipwreck on the rocks | shipwreck, wreck
""",
        "a coast": """
a coast | coast, shore, seashore
a beach | beach
a rocky coast | rocks sea, rocky
a bay | bay, gulf
a harbour | harbour, harbor, port
fishing boats | fishing boats, fishing
a lighthouse by the sea | lighthouse
""",
        "a river": """
a river | river
a river landscape | seine, banks, volga, thames, dnieper
boats on a river | boats, boat
a bridge over a river | bridge
a canal | canal
a frozen river | frozen, ice, skaters
a stream | stream, brook
a flood | flood, deluge
""",
        "still water": """
a lake | lake
a mountain lake | mountain lake
a pond | pond
water lilies | water lilies, lilies
a marsh | marsh, swamp
""",
    },
    "town": {
        "a street": """
a street | street
a street with people | boulevard, avenue
a square | square, piazza, place
a village street | village street
a city gate | gate, arch
a café terrace | cafe, terrace
""",
        "a village": """
a village | village
a house | house
houses among trees | houses
a courtyard | courtyard, yard
""",
        "a city view": """
a city view | city, view
a town by the water | venice, amsterdam
Venice | venice
rooftops | roofs, rooftops
a factory town | factory, factories, chimney
a railway station | station, railway, train
a bridge in the city | pont, bridge
""",
        "a place of worship": """
a church | church
a cathedral | cathedral
a monastery | monastery, convent
a temple | temple, pagoda
a mosque | mosque
""",
        "a castle or palace": """
a palace | palace
a castle | castle
a fortress | fortress, tower
""",
        "a view of buildings": """
a staircase | staircase, stairs
an architectural fantasy | architecture, capriccio
""",
    },
    "room": {
        "an interior": """
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
    },
    "things": {
        "flowers": """
a vase of flowers | vase, flowers vase
a bouquet of flowers | bouquet, flowers
roses | roses, rose
sunflowers | sunflowers
irises | irises, iris
lilacs | lilac, lilacs
peonies and chrysanthemums | peonies, peony, chrysanthemums
tulips | tulips
""",
        "a still life": """
a still life | still life
fruit on a table | fruit, fruits
apples and pears | apples, pears, apple
grapes and peaches | grapes, peaches
lemons and oranges | lemons, oranges
game and poultry | game, hare, partridge
fish and shellfish | fish, oysters, lobster
a jug with bread and glasses | bread, glass, jug, bottle
a skull and a candle | skull, vanitas
books and papers | books
musical instruments | instruments
shells | shells, shell
""",
        "a design on paper": """
a costume | costume
a poster | poster, advertisement
a book illustration | illustration, page
a book cover | cover, title page
an ornament | ornament, vignette, decorative
a drawing of a figure | drawing, sketch, study
""",
    },
    "animal": {
        "birds": """
birds | birds, bird
a rooster and hens | rooster, hens, chickens
a peacock | peacock
swans | swan, swans
an eagle | eagle, falcon
cranes | cranes, crane, heron
""",
        "farm animals": """
cows in a pasture | cow, cows, bull
sheep | sheep, lambs, flock
""",
        "an animal": """
a horse | horse
horses | horses
a dog | dog, hound
a cat | cat
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
    },
    "pattern": {
        "a composition of shapes and colours": """
a composition of colours | composition, abstract, abstraction
geometric forms | geometric, cubist
flowing lines | lines, rhythm
a decorative pattern | pattern, ornament
""",
        "an imagined scene": """
a symbolic vision | vision, dream, creation
an allegory | allegory, allegorical
a fantastic world | fantasy, fantastic, legend
""",
    },
}
"""Kind -> family -> lines."""

PORTRAIT_NAMES: dict[str, str] = {
    "a woman": """
adele adeline agnes alexandra alice amelia angelica anna anne annie antoinette aurora barbara beatrice berthe
camille caroline catherine cecilia charlotte clara claire dorothea dorothy edith ekaterina eleanor eleonora
elena elisabeth elizabeth elizaveta ella ellen emilia emilie emily emma esther eugenie eva frances gabrielle
georgina gertrud giulia hannah harriet helena helene hendrickje henrietta henriette hermine infanta irene irina
isabel isabella jane jeanne josephine julia julie juliette kate katherine lady laura lavinia leonora louise
lucia lucy lydia madame madeleine mademoiselle margaret margarita marguerite maria marianne marie marta martha
mary mathilde miss misia mme mlle mrs nadezhda natalia olga pauline princess rosa rose saskia sara sarah simone
sofia sophia sophie susan susanna suzanne tatiana teresa theresa varvara vera victoria virginia zinaida
""",
    "a man": """
adolphe adriaen albert alessandro alexander alexandre alexei alexey alfred alphonse ambroise andrea andreas
andrei andrew anthony antoine anton antonio arthur auguste benjamin boris carl carlo cesar charles christian
claude constantin cornelis daniel david denis dmitry don edgar edmond edouard edward emile emmanuel ernest
eugene felix ferdinand feodor fernando filippo francesco francis francisco frans franz frederick frederik
friedrich fyodor georg george georges gerard giacomo giovanni giuseppe gustav gustave hans heinrich hendrick
henri henry hugh ivan jacob jacques jakob james jan jean johann johannes john jose josef joseph juan jules
julius karl konstantin leo leon leopold lord louis luca ludwig luis manuel marcel maurice max maximilian michael
miguel mikhail mr nicolaes nicolas nicolae nikita nikolai nikolay oscar paul pavel pedro peter philip philippe
pierre pieter pyotr richard robert roger rudolf samuel sergei sir stanislaw stepan stephen theodor theodore
thomas titus vasily victor vincent vincenzo vladimir walter wilhelm willem william
""",
}
"""Subject -> names and titles of people; «portrait» with one of them in a title counts as naming it."""
