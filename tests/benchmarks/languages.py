"""How often the encoding of a text is guessed right, in twelve languages and at three lengths.

    python -m tests.benchmarks.languages

A sample is a run of characters from sentences of one language in random order. It is right if the
decoded text is the encoded one. Samples that are ASCII are left out.
"""

import random
import re
from collections.abc import Iterator

from indexer.errors import UnreadableArticle
from indexer.reading.encodings import decode
from tests.benchmarks.harness import row

LENGTHS = {40: 0.90, 200: 0.97, 1000: 0.99}
"""The lengths in characters, and the share that must be right."""
ENCODINGS = {
    "German": ("cp1252",),
    "French": ("cp1252",),
    "Spanish": ("cp1252",),
    "Polish": ("cp1250", "iso8859-2"),
    "Russian": ("cp1251", "koi8-r"),
    "Greek": ("cp1253",),
    "Turkish": ("cp1254",),
    "Hebrew": ("cp1255",),
    "Arabic": ("cp1256",),
    "Japanese": ("cp932", "euc_jp", "iso2022_jp"),
    "Korean": ("cp949",),
    "Chinese": ("gb18030", "big5hkscs"),
}
TEXTS = {
    "German": """Am Morgen lag Nebel über dem Fluss, und die Fähre fuhr später als üblich. Der
Bäcker öffnete schon um fünf Uhr, weil die Fischer früh frühstücken wollten. Früher führte eine
hölzerne Brücke ans andere Ufer, doch das Hochwasser hat sie zerstört. „Wir bauen sie nicht wieder
auf“, sagte die Bürgermeisterin, „dafür fehlt uns das Geld.“ Im Herbst verkaufen die Bauern Äpfel,
Nüsse und Kürbisse auf dem großen Platz vor dem Rathaus. Meine Großmutter erzählte, dass hier
während des Krieges niemand Süßigkeiten kaufen konnte. Heute gehört das Gebäude einer Künstlerin,
die Möbel aus altem Holz schnitzt. Wer zu Fuß geht, braucht für den Weg ungefähr zwei Stunden.
Die Straße endet plötzlich, und danach führt nur noch ein schmaler Pfad durchs Gehölz. Über den
Hügeln kreisen Bussarde, die nach Mäusen Ausschau halten. Das Fährhaus steht seit Jahren leer, und
die Fenster sind vernagelt. Für die Kinder war es trotzdem der schönste Ort der Welt.""",
    "French": """Le matin, la brume couvrait la rivière et le bac partait plus tard que d’habitude.
La boulangère ouvrait dès cinq heures, car les pêcheurs voulaient déjeuner tôt. Autrefois, un pont
de bois menait à l’autre rive, mais la crue l’a emporté. « Nous ne le rebâtirons pas », a déclaré
la mairesse, « l’argent nous manque. » À l’automne, les paysans vendent des pommes, des noix et des
châtaignes sur la grande place. Ma grand-mère racontait qu’après la guerre personne ne trouvait de
sucre à acheter. Aujourd’hui, le bâtiment appartient à une sculptrice qui façonne des meubles en
chêne. À pied, il faut à peu près deux heures pour arriver jusqu’à l’écluse. La route s’arrête net,
et un sentier étroit s’enfonce dans la forêt. Au-dessus des collines tournent des buses qui
guettent les mulots. La maison du passeur est abandonnée depuis des années et ses fenêtres sont
clouées. Pour les élèves de l’école, c’était pourtant le plus bel endroit du monde.""",
    "Spanish": """Por la mañana la niebla cubría el río y la barca salía más tarde que de
costumbre. La panadera abría a las cinco, porque los pescadores querían desayunar temprano. Antes
había un puente de madera hacia la otra orilla, pero la inundación lo destruyó. «No lo
reconstruiremos», explicó el alcalde, «porque nos falta dinero». En otoño los campesinos venden
manzanas, nueces y castañas en la plaza mayor. Mi abuela contaba que después de la guerra nadie
podía comprar azúcar ni café. ¿Quién cuidará del jardín cuando los niños se marchen a la ciudad?
Hoy el edificio pertenece a una señora que talla muebles de roble. A pie se tarda unas dos horas en
llegar hasta el molino pequeño. La carretera termina de repente y después sólo queda una senda
estrecha. Sobre las montañas vuelan águilas que buscan ratones entre las piedras. ¡Qué lástima que
el año pasado se cayera el último álamo! Ningún rincón del mundo les parecía tan hermoso.""",
    "Polish": """Rano nad rzeką leżała mgła i prom odpływał później niż zwykle. Piekarz otwierał
już o piątej, bo rybacy chcieli wcześnie zjeść śniadanie. Dawniej na drugi brzeg prowadził
drewniany most, lecz zniszczyła go powódź. „Nie odbudujemy go”, powiedziała burmistrzyni, „bo
brakuje nam pieniędzy”. Jesienią rolnicy sprzedają jabłka, orzechy i dynie na dużym placu przed
ratuszem. Moja babcia opowiadała, że w czasie wojny nikt nie mógł kupić słodyczy. Dziś budynek
należy do artystki, która rzeźbi meble ze starego drewna. Kto idzie pieszo, potrzebuje na tę drogę
około dwóch godzin. Szosa kończy się nagle, a dalej wiedzie tylko wąska ścieżka przez zarośla. Nad
wzgórzami krążą myszołowy, które wypatrują myszy wśród źdźbeł trawy. Dom przewoźnika od lat stoi
pusty, a okna są zabite deskami. Dla dzieci było to jednak najpiękniejsze miejsce na świecie.""",
    "Russian": """Утром над рекой лежал туман, и паром отходил позже обычного. Пекарь открывал
лавку уже в пять часов, потому что рыбаки хотели рано позавтракать. Раньше на другой берег вёл
деревянный мост, но его разрушило наводнение. «Мы не станем его восстанавливать», сказала глава
города, «у нас нет на это денег». Осенью крестьяне продают яблоки, орехи и тыквы на большой площади
перед ратушей. Моя бабушка рассказывала, что во время войны никто не мог купить сахара. Сегодня
здание принадлежит художнице, которая вырезает мебель из старого дерева. Пешком дорога занимает
примерно два часа. Шоссе внезапно кончается, и дальше идёт только узкая тропинка через кусты. Над
холмами кружат ястребы и высматривают мышей. Дом паромщика много лет стоит пустой, и окна его
заколочены. Но для детей это было самое красивое место на свете.""",
    "Greek": """Το πρωί η ομίχλη σκέπαζε το ποτάμι και το πορθμείο έφευγε αργότερα από το
συνηθισμένο. Ο φούρναρης άνοιγε στις πέντε, γιατί οι ψαράδες ήθελαν να φάνε νωρίς. Παλιά μια ξύλινη
γέφυρα οδηγούσε στην απέναντι όχθη, αλλά η πλημμύρα την κατέστρεψε. «Δεν θα την ξαναχτίσουμε», είπε
η δήμαρχος, «γιατί μας λείπουν τα χρήματα». Το φθινόπωρο οι αγρότες πουλάνε μήλα, καρύδια και
κολοκύθες στη μεγάλη πλατεία. Η γιαγιά μου διηγιόταν ότι στον πόλεμο κανείς δεν έβρισκε ζάχαρη.
Σήμερα το κτίριο ανήκει σε μια καλλιτέχνιδα που σκαλίζει έπιπλα από παλιό ξύλο. Όποιος πηγαίνει με
τα πόδια χρειάζεται περίπου δύο ώρες. Ο δρόμος τελειώνει ξαφνικά και μετά υπάρχει μόνο ένα στενό
μονοπάτι. Πάνω από τους λόφους πετούν γεράκια που ψάχνουν για ποντίκια. Το σπίτι του βαρκάρη είναι
άδειο εδώ και χρόνια. Για τα παιδιά όμως ήταν το πιο όμορφο μέρος του κόσμου.""",
    "Turkish": """Sabahleyin nehrin üzerinde sis vardı ve vapur her zamankinden geç kalkıyordu.
Fırıncı saat beşte açıyordu, çünkü balıkçılar erken kahvaltı yapmak istiyordu. Eskiden karşı kıyıya
ahşap bir köprü uzanırdı, ama sel onu yıktı. Belediye başkanı “Onu yeniden yapmayacağız, çünkü
paramız yetmiyor” dedi. Sonbaharda çiftçiler büyük meydanda elma, ceviz ve kabak satıyor. Büyükannem
savaş yıllarında kimsenin şeker bulamadığını anlatırdı. Bugün bina, eski ağaçtan mobilya yapan bir
sanatçıya ait. Yürüyerek gidenler için yol yaklaşık iki saat sürüyor. Asfalt birdenbire bitiyor ve
ondan sonra çalılıkların arasından dar bir patika geçiyor. Tepelerin üstünde şahinler dönüp fare
arıyor. Kayıkçının evi yıllardır boş duruyor ve pencereleri çivilenmiş. Yine de çocuklar için
dünyanın en güzel yeri orasıydı.""",
    "Hebrew": """בבוקר כיסה הערפל את הנהר והמעבורת יצאה מאוחר מהרגיל. האופה פתח כבר בחמש, כי
הדייגים רצו לאכול ארוחת בוקר מוקדמת. פעם הוביל גשר עץ אל הגדה השנייה, אבל השיטפון הרס אותו. "לא
נבנה אותו מחדש", אמרה ראש העירייה, "כי חסר לנו כסף". בסתיו מוכרים האיכרים תפוחים, אגוזים ודלעות
בכיכר הגדולה שלפני בית העירייה. סבתא שלי סיפרה שבזמן המלחמה איש לא יכול היה לקנות סוכר. היום שייך
הבניין לאמנית שמגלפת רהיטים מעץ ישן. מי שהולך ברגל צריך בערך שעתיים. הכביש נגמר פתאום, ואחריו יש רק
שביל צר בין השיחים. מעל הגבעות חגים עיטים ומחפשים עכברים. ביתו של בעל הסירה עומד ריק כבר שנים. אבל
בשביל הילדים זה היה המקום היפה ביותר בעולם.""",
    "Arabic": """في الصباح غطى الضباب النهر وتأخرت العبارة عن موعدها المعتاد. كان الخباز يفتح في
الساعة الخامسة، لأن الصيادين أرادوا أن يفطروا مبكرا. في الماضي كان جسر خشبي يصل إلى الضفة الأخرى،
لكن الفيضان دمره. قالت رئيسة البلدية إنهم لن يعيدوا بناءه لأن المال لا يكفي. في الخريف يبيع
الفلاحون التفاح والجوز واليقطين في الساحة الكبيرة أمام دار البلدية. كانت جدتي تحكي أن أحدا لم يكن
يجد السكر في أيام الحرب. اليوم يعود المبنى إلى فنانة تصنع الأثاث من الخشب القديم. من يمشي على قدميه
يحتاج إلى ساعتين تقريبا. تنتهي الطريق فجأة ولا يبقى بعدها إلا ممر ضيق بين الأشجار. فوق التلال تحلق
الصقور بحثا عن الفئران. بيت المراكبي مهجور منذ سنوات ونوافذه مغلقة. لكنه كان بالنسبة إلى الأطفال
أجمل مكان في العالم.""",
    "Japanese": """朝は川の上に霧がかかり、渡し船はいつもより遅く出ました。パン屋は五時に店
を開けます。漁師たちが早く朝ご飯を食べたいからです。昔は向こう岸まで木の橋がありましたが、洪
水で流されました。「もう一度かけることはありません」と町長は言いました。「お金が足りないので
す。」秋になると、農家の人たちが大きな広場でりんごやくるみやかぼちゃを売ります。祖母は、戦争
のあいだ誰も砂糖を買えなかったと話していました。今この建物は、古い木で家具を作る芸術家のもの
です。歩いて行くと、だいたい二時間かかります。道は急に終わり、その先には森の中の細い小道しか
ありません。丘の上では、ねずみを探すタカが輪を描いています。船頭の家は何年も空き家で、窓は板
でふさがれています。それでも子どもたちには世界で一番美しい場所でした。""",
    "Korean": """아침에는 강 위에 안개가 끼어 나룻배가 평소보다 늦게 떠났다. 어부들이
아침을 일찍 먹고 싶어 해서 빵집은 다섯 시에 문을 열었다. 예전에는 건너편까지 나무 다리가
있었지만 홍수에 무너졌다. 시장은 돈이 모자라서 다리를 다시 놓지 않을 것이라고 말했다.
가을이 되면 농부들이 시청 앞 넓은 광장에서 사과와 호두와 호박을 판다. 할머니는 전쟁 때
아무도 설탕을 살 수 없었다고 이야기하셨다. 지금 그 건물은 오래된 나무로 가구를 만드는
예술가의 것이다. 걸어서 가면 두 시간쯤 걸린다. 길은 갑자기 끝나고 그 뒤로는 숲 사이로
좁은 오솔길만 이어진다. 언덕 위에서는 매가 쥐를 찾으며 빙빙 돈다. 뱃사공의 집은 몇 해째
비어 있고 창문에는 판자가 박혀 있다. 그래도 아이들에게는 세상에서 가장 아름다운 곳이었다.""",
    "Chinese": """早晨江上有大雾，渡船比平常晚出发。面包店五点就开门，因为打鱼的人要早吃早
饭。以前有一座木桥通到对岸，后来被洪水冲走了。市长说：“我们不会再修这座桥，因为钱不够。”秋
天，农民在市政厅前的大广场上卖苹果、核桃和南瓜。奶奶常说，打仗的时候谁也买不到糖。现在这座房
子属于一位艺术家，她用旧木头做家具。走路去大约要两个小时。公路忽然到了头，再往前只有一条小路
穿过树林。山坡上空有老鹰在盘旋，寻找田里的老鼠。船夫的家空了好多年，窗户都钉上了木板。可是对
孩子们来说，那里仍然是世界上最美丽的地方。""",
}
_TRADITIONAL = str.maketrans(
    "雾渡开门为打鱼饭桥对岸来冲钱够农民厅场卖苹核这说仗谁买属于艺术师旧头家走个时公忽条过树"
    "间孩们后广现东丽还里长会车窗钉湿云电寻找户仍边厅位过早数",
    "霧渡開門為打魚飯橋對岸來沖錢夠農民廳場賣蘋核這說仗誰買屬於藝術師舊頭家走個時公忽條過樹"
    "間孩們後廣現東麗還裡長會車窗釘濕雲電尋找戶仍邊廳位過早數",
)


def sentences_of(language: str, encoding: str) -> list[str]:
    text = TEXTS[language].translate(_TRADITIONAL) if encoding == "big5hkscs" else TEXTS[language]
    spaced = language not in {"Japanese", "Chinese"}
    text = " ".join(text.split()) if spaced else "".join(text.split())
    parts = re.findall(r".+?[.!?。][”“»\"」]?\s*", text)
    return [part if part[-1].isspace() or not spaced else part + " " for part in parts]


def samples(language: str, encoding: str, length: int, count: int, seed: int) -> Iterator[str]:
    chance = random.Random(f"{language} {encoding} {length} {seed}")
    sentences = sentences_of(language, encoding)
    while count:
        text = "".join(chance.choices(sentences, k=2 + length // 10))
        start = chance.randrange(100)
        text = text[start : start + length].encode(encoding, "ignore").decode(encoding)
        if not text.isascii():
            count -= 1
            yield text


def share_right(language: str, encoding: str, length: int, count: int, seed: int = 1) -> float:
    """The share of samples that are decoded as they were."""
    right = 0
    for text in samples(language, encoding, length, count, seed):
        try:
            right += decode(text.encode(encoding)).text == text
        except UnreadableArticle:
            continue
    return right / count


def main() -> None:
    """Measure each language in each of its encodings, and print the table."""
    row("language and encoding", "right at " + ", ".join(map(str, LENGTHS)), "")
    shares: dict[int, list[float]] = {length: [] for length in LENGTHS}
    for language, encodings in ENCODINGS.items():
        for encoding in encodings:
            for length, found in shares.items():
                found.append(share_right(language, encoding, length, 100))
            last = " ".join(f"{found[-1]:.2f}" for found in shares.values())
            row(f"{language}, {encoding}", last, "")
    for length, found in shares.items():
        row(f"all, {length} characters", f"{sum(found) / len(found):.3f}", str(LENGTHS[length]))


if __name__ == "__main__":
    main()
