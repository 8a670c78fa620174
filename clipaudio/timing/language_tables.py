"""Closed word classes of seven languages, as data of one form.

Conventions
-----------
Words are lower case and parted by white space. A form that ends in an apostrophe is an elided one ("l'"), a form that
begins with one is a clitic ("'ll"). A word may stand in several classes. `honorifics` are titles written out;
`abbreviations` holds the others. `objects` are pronouns that may also end a clause, `coordinators` are conjunctions
that join phrases as well as clauses, `particles` part from their verb ("give up").

`adjectives` (before their noun), `postpositives` (adjectives behind it), `adverbs`, `plurals` and `participles` (which
begin a phrase behind a noun) list the endings of words of no closed class; an ending with "!" before it is none.
`infinitives` stand before one.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MEASURES", "TABLES"]

MEASURES: Final = (
    "% ‰ ° °c °f k km m cm mm µm nm kg g mg µg t l ml cl dl hl s ms min h kmh km/h m/s mph hz khz mhz ghz kb mb gb tb "
    "w kw mw gw kwh v mv ma pa hpa kpa j kj cal kcal n db dpi px fps rpm bpm ha m² km² m³ ft lb lbs oz mi yd "
    "am pm a.m p.m € $ £ ¥ eur usd chf"
)

_ENGLISH: Final = {
    "conjunctions": (
        "and but or nor yet because although though while when if that which who whom whose where whereas unless "
        "until till since than as what how why whether whenever wherever whatever whoever however therefore"
    ),
    "prepositions": (
        "in on at by for with from to about into onto over after before between under through during without within "
        "against among around across along behind beside besides beyond despite except inside near off out outside "
        "past per throughout toward towards underneath up upon via down below above amid beneath like unlike"
    ),
    "genitives": "of",
    "determiners": (
        "a an the my your his her its our their this these those every each any some no another both either neither "
        "such all half whose 's"
    ),
    "modifiers": (
        "very too quite rather really more most less least so as just only even also almost nearly not enough far much "
        "many several few well pretty slightly highly fully about two three four five six seven eight nine ten twenty "
        "hundred thousand"
    ),
    "pronouns": "i you he she we they it who there 'd",
    "objects": "me him her us them it you myself yourself himself herself itself ourselves themselves one",
    "auxiliaries": (
        "is are was were be been being am have has had having do does did will would can could should may might must "
        "shall 's 're 'm 've 'll 'd 't cannot gonna gotta wanna let's"
    ),
    "negations": "not never",
    "honorifics": "sir lady lord",
    "units": (
        "percent per cent degrees kilometers kilometres meters metres miles feet inches pounds ounces tons tonnes "
        "grams kilograms liters litres dollars euros cents years months weeks days hours minutes seconds times million "
        "billion thousand hundred"
    ),
    "coordinators": "and or but nor",
    "particles": "up down out off away back along apart together around over aside ahead forward",
    "adjectives": "ic ous ive ful less able ible ary ish ical ial onal ural ental !ically",
    "postpositives": "",
    "adverbs": "ly !mily !pply !eply",
    "plurals": "s !ss !us !is",
    "participles": "ing ed !thing !string !spring !evening !morning !ceiling !eed !hundred !sacred",
    "infinitives": "to",
}

_GERMAN: Final = {
    "conjunctions": (
        "und aber oder denn sondern sowie doch dass daß weil obwohl während wenn als ob bis bevor nachdem damit falls "
        "sobald solange seit indem sodass wie wo wer was warum wieso weshalb wann wohin woher welche welcher welches "
        "deren dessen"
    ),
    "prepositions": (
        "in im ins an am ans auf aufs aus bei beim durch für gegen hinter mit nach neben ohne seit statt trotz über "
        "überm um unter vor vom von wegen zu zum zur zwischen ab gegenüber innerhalb außerhalb während bis laut"
    ),
    "genitives": "von vom des",
    "determiners": (
        "der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner keines mein meine "
        "meinen meinem meiner dein deine deinen deinem deiner sein seine seinen seinem seiner seines ihr ihre ihren "
        "ihrem ihrer unser unsere unseren unserem unserer euer eure euren dieser diese dieses diesen diesem jeder jede "
        "jedes jeden jedem jener jene jenes alle allen manche viele einige solche welche beide"
    ),
    "modifiers": (
        "sehr zu ganz ziemlich so mehr viel noch nur auch fast etwa gerade schon sogar immer besonders mindestens "
        "höchstens deutlich zwei drei vier fünf sechs sieben acht neun zehn zwanzig hundert tausend"
    ),
    "pronouns": "ich du er sie es wir ihr man",
    "objects": "mich dich ihn uns euch mir dir ihm ihnen sich es sie",
    "auxiliaries": (
        "bin bist ist sind seid war warst waren wart gewesen sei habe hast hat haben habt hatte hatten hätte hätten "
        "werde wirst wird werden werdet wurde wurden worden würde würden kann kannst können könnt konnte konnten "
        "könnte könnten muss musst müssen musste mussten müsste soll sollen sollte sollten will willst wollen wollte "
        "wollten darf dürfen durfte mag mögen möchte möchten"
    ),
    "negations": "nicht nie niemals kaum",
    "honorifics": "herr herrn frau sankt",
    "units": (
        "prozent grad kilometer meter zentimeter millimeter meilen gramm kilo kilogramm tonnen liter euro cent dollar "
        "jahre jahren monate monaten wochen tage tagen stunden minuten sekunden uhr mal millionen milliarden tausend"
    ),
    "nouns_capitalised": "yes",
    "coordinators": "und oder sondern",
    "particles": "ab an auf aus ein fest fort her hin los mit nach um vor weg weiter zu zurück zusammen",
    "adjectives": (
        "liche lichen licher liches lichem ige igen iger iges igem ische ischen ischer isches ischem same samen "
        "samer bare baren barer lose losen loser"
    ),
    "postpositives": "",
    "adverbs": "",
    "plurals": "",
    "participles": "",
    "infinitives": "zu",
}

_FRENCH: Final = {
    "conjunctions": (
        "et mais ou donc or ni car que qu' qui quand lorsque lorsqu' si s'il s'ils comme parce puisque puisqu' quoique "
        "quoiqu' dont où afin tandis pendant alors ainsi pourquoi comment quel quelle quels quelles lequel laquelle "
        "lesquels lesquelles"
    ),
    "prepositions": (
        "à au aux en dans sur sous par pour avec sans chez vers entre contre depuis dès jusque jusqu' jusqu'à avant "
        "après devant derrière malgré selon durant pendant hors parmi envers outre sauf voici voilà"
    ),
    "genitives": "de d' du des",
    "determiners": (
        "le la les l' un une des du au aux mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet "
        "cette ces chaque quelque quelques plusieurs tout toute tous toutes aucun aucune certains certaines quel quelle"
    ),
    "modifiers": (
        "très trop plus moins si aussi bien assez peu presque encore même tout beaucoup deux trois quatre cinq six "
        "sept huit neuf dix vingt cent mille"
    ),
    "pronouns": "je j' tu il elle on nous vous ils elles ce c' ça cela y me m' te t' se s' lui en ne n'",
    "objects": "moi toi lui eux elles nous vous soi le la les",
    "auxiliaries": (
        "suis es est sommes êtes sont étais était étions étiez étaient serai seras sera serons serez seront serait "
        "seraient été être ai as a avons avez ont avais avait avions aviez avaient aurai aura aurons aurez auront "
        "aurait auraient avoir eu vais vas va allons allez vont peux peut pouvons pouvez peuvent pouvait pourrait dois "
        "doit devons devez doivent devait devrait veux veut voulons voulez veulent faut fait"
    ),
    "negations": "ne n' pas jamais plus rien guère",
    "honorifics": "monsieur madame mademoiselle maître",
    "units": (
        "pour cent degrés kilomètres mètres centimètres millimètres grammes kilos kilogrammes tonnes litres euros "
        "centimes dollars ans années mois semaines jours heures minutes secondes fois millions milliards mille cents"
    ),
    "coordinators": "et ou ni",
    "particles": "",
    "adjectives": "",
    "postpositives": (
        "ique iques el elle els elles eux euse euses if ive ifs ives able ables ible ibles aire aires al ale ales"
    ),
    "adverbs": "ment",
    "plurals": "",
    "participles": "",
    "infinitives": "",
}

_SPANISH: Final = {
    "conjunctions": (
        "y e o u pero sino ni que quien quienes cual cuales cuyo cuya cuando donde adonde como si porque pues aunque "
        "mientras conque luego apenas qué quién cómo cuándo dónde cuál cuánto cuántos"
    ),
    "prepositions": (
        "a al ante bajo con contra desde durante en entre hacia hasta mediante para por según sin sobre tras excepto "
        "salvo"
    ),
    "genitives": "de del",
    "determiners": (
        "el la los las lo un una unos unas mi mis tu tus su sus nuestro nuestra nuestros nuestras vuestro vuestra "
        "vuestros vuestras este esta estos estas ese esa esos esas aquel aquella aquellos aquellas cada algún alguna "
        "algunos algunas ningún ninguna todo toda todos todas otro otra otros otras muchos muchas varios varias"
    ),
    "modifiers": (
        "muy más menos tan tanto bastante demasiado casi aún también sólo solo incluso ya dos tres cuatro cinco seis "
        "siete ocho nueve diez veinte cien mil"
    ),
    "pronouns": "yo tú él ella nosotros nosotras vosotros ellos ellas usted ustedes me te se le les nos os lo la",
    "objects": "mí ti sí conmigo contigo consigo él ella ellos ellas usted ustedes eso esto aquello",
    "auxiliaries": (
        "soy eres es somos sois son era eras éramos eran fui fue fuimos fueron será serán sería ser sido siendo estoy "
        "estás está estamos están estaba estaban estuvo estado estar he has ha hemos habéis han había habían habrá "
        "habría hay haber puedo puedes puede podemos pueden podía podría poder debo debe debemos deben debería voy vas "
        "va vamos van iba iban quiero quiere queremos quieren"
    ),
    "negations": "no nunca jamás tampoco",
    "honorifics": "don doña",
    "units": (
        "por ciento grados kilómetros metros centímetros milímetros millas gramos kilos kilogramos toneladas litros "
        "euros céntimos dólares pesos años meses semanas días horas minutos segundos veces millones mil cientos"
    ),
    "coordinators": "y e o u ni",
    "particles": "",
    "adjectives": "",
    "postpositives": (
        "ico ica icos icas al ales oso osa osos osas ivo iva ivos ivas able ables ible ibles ario aria arios arias"
    ),
    "adverbs": "mente",
    "plurals": "",
    "participles": "ando iendo",
    "infinitives": "",
}

_ITALIAN: Final = {
    "conjunctions": (
        "e ed ma o od oppure né che ch' chi cui quando dove dov' come com' se perché poiché affinché benché sebbene "
        "mentre quindi dunque però anzi cioè finché appena quale quali quanto quanti"
    ),
    "prepositions": (
        "a ad al allo alla ai agli alle all' in nel nello nella nei negli nelle nell' con su sul sullo sulla sui sugli "
        "sulle sull' per tra fra da dal dallo dalla dai dagli dalle dall' senza verso contro durante dopo prima sopra "
        "sotto presso lungo fino oltre dentro fuori dietro davanti"
    ),
    "genitives": "di d' del dello della dei degli delle dell'",
    "determiners": (
        "il lo la i gli le l' un uno una un' mio mia miei mie tuo tua tuoi tue suo sua suoi sue nostro nostra nostri "
        "nostre vostro vostra vostri vostre loro questo questa questi queste quest' quello quella quelli quelle quel "
        "quei quegli quell' ogni qualche alcuni alcune nessun nessuna tutto tutta tutti tutte altro altra altri altre"
    ),
    "modifiers": (
        "molto più meno così tanto troppo assai abbastanza quasi anche solo ancora proprio due tre quattro cinque sei "
        "sette otto nove dieci venti cento mille"
    ),
    "pronouns": "io tu lui lei noi voi loro essi mi m' ti t' si s' ci c' vi v' ne n' lo la li gli le",
    "objects": "me te sé lui lei noi voi loro ciò",
    "auxiliaries": (
        "sono sei è siamo siete era eri eravamo erano fu furono sarà saranno sarebbe essere stato stata stati state ho "
        "hai ha abbiamo avete hanno aveva avevano avrà avranno avrebbe avere avuto posso puoi può possiamo possono "
        "poteva potrebbe devo devi deve dobbiamo devono doveva dovrebbe voglio vuole vogliamo vogliono sto stai sta "
        "stanno stava va vado vanno"
    ),
    "negations": "non mai neanche nemmeno",
    "honorifics": "san santa don donna",
    "units": (
        "per cento gradi chilometri metri centimetri millimetri miglia grammi chili chilogrammi tonnellate litri euro "
        "centesimi dollari anni mesi settimane giorni ore minuti secondi volte milioni miliardi mila cento"
    ),
    "coordinators": "e ed o od né",
    "particles": "",
    "adjectives": "",
    "postpositives": (
        "ico ica ici iche ale ali oso osa osi ose ivo iva ivi ive abile abili ibile ibili ario aria ari arie"
    ),
    "adverbs": "mente",
    "plurals": "",
    "participles": "ando endo",
    "infinitives": "",
}

_PORTUGUESE: Final = {
    "conjunctions": (
        "e mas ou nem que quem qual quais cujo cuja quando onde aonde como se porque pois embora enquanto porém "
        "contudo portanto logo caso conforme quê porquê quanto quantos"
    ),
    "prepositions": (
        "a à ao aos às ante após até com contra desde em no na nos nas num numa entre para pra perante por pelo pela "
        "pelos pelas sem sob sobre trás durante"
    ),
    "genitives": "de do da dos das dum duma d'",
    "determiners": (
        "o a os as um uma uns umas meu minha meus minhas teu tua teus tuas seu sua seus suas nosso nossa nossos nossas "
        "vosso vossa este esta estes estas esse essa esses essas aquele aquela aqueles aquelas cada algum alguma "
        "alguns algumas nenhum nenhuma todo toda todos todas outro outra outros outras muitos muitas vários várias"
    ),
    "modifiers": (
        "muito mais menos tão tanto bastante demais quase ainda também só apenas já dois duas três quatro cinco seis "
        "sete oito nove dez vinte cem mil"
    ),
    "pronouns": "eu tu ele ela nós vós eles elas você vocês me te se lhe lhes nos vos",
    "objects": "mim ti si comigo contigo consigo conosco ele ela eles elas você vocês isso isto aquilo",
    "auxiliaries": (
        "sou és é somos são era eram fui foi fomos foram será serão seria ser sido sendo estou está estamos estão "
        "estava estavam esteve estado estar tenho tens tem temos têm tinha tinham teve terá teria ter tido há havia "
        "haver posso pode podemos podem podia poderia devo deve devemos devem deveria vou vai vamos vão ia iam quero "
        "quer queremos querem"
    ),
    "negations": "não nunca jamais nem",
    "honorifics": "dom dona são santo santa",
    "units": (
        "por cento graus quilómetros quilômetros metros centímetros milímetros milhas gramas quilos quilogramas "
        "toneladas litros euros cêntimos centavos dólares reais anos meses semanas dias horas minutos segundos vezes "
        "milhões mil centos"
    ),
    "coordinators": "e ou nem",
    "particles": "",
    "adjectives": "",
    "postpositives": (
        "ico ica icos icas al ais oso osa osos osas ivo iva ivos ivas ável áveis ível íveis ário ária ários árias"
    ),
    "adverbs": "mente",
    "plurals": "",
    "participles": "ando endo indo",
    "infinitives": "",
}

_DUTCH: Final = {
    "conjunctions": (
        "en maar of want dus noch dat omdat hoewel terwijl als toen wanneer indien tenzij totdat nadat voordat zodat "
        "zodra sinds doordat die wie wat waar waarom hoe welke waarin waarop waarmee waarvan of dan"
    ),
    "prepositions": (
        "in op aan bij voor met naar uit over onder tussen door tegen na om tot te zonder binnen buiten achter boven "
        "naast langs rond sinds tijdens volgens vanaf vanuit per ondanks wegens ter ten"
    ),
    "genitives": "van der des",
    "determiners": (
        "de het 't een 'n geen mijn m'n jouw je zijn z'n haar ons onze jullie hun dit dat deze die elk elke ieder "
        "iedere alle sommige enkele veel weinig ander andere zulke beide"
    ),
    "modifiers": (
        "heel erg zeer zo te meer minder nog ook bijna net juist wel al echt vrij nogal steeds twee drie vier vijf zes "
        "zeven acht negen tien twintig honderd duizend"
    ),
    "pronouns": "ik je jij hij ze zij het we wij jullie u men er",
    "objects": "mij me jou hem haar ons hen hun zich het ze u",
    "auxiliaries": (
        "ben bent is zijn was waren geweest heb hebt heeft hebben had hadden gehad word wordt worden werd werden zal "
        "zult zullen zou zouden kan kun kunt kunnen kon konden moet moeten moest moesten mag mogen mocht mochten wil "
        "wilt willen wilde wilden ga gaat gaan ging gingen"
    ),
    "negations": "niet nooit nauwelijks",
    "honorifics": "sint meneer mevrouw",
    "units": (
        "procent graden kilometer meter centimeter millimeter mijl gram kilo kilogram ton liter euro cent dollar jaar "
        "jaren maanden weken dagen uur minuten seconden keer miljoen miljard duizend honderd"
    ),
    "coordinators": "en of noch",
    "particles": "af aan op uit in mee na om toe voor weg door terug samen",
    "adjectives": "lijke ige ische bare loze zame",
    "postpositives": "",
    "adverbs": "",
    "plurals": "",
    "participles": "",
    "infinitives": "te",
}

TABLES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "de": _GERMAN,
        "en": _ENGLISH,
        "es": _SPANISH,
        "fr": _FRENCH,
        "it": _ITALIAN,
        "nl": _DUTCH,
        "pt": _PORTUGUESE,
    }
)
