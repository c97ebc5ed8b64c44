"""German lines."""

from callcenter.simulator.speech.shape import Speech, Trade

TRADES = {
    "dental": Trade(
        company="Zahnarztpraxis am Hafen",
        service="die Vorsorge",
        reason="Ich rufe an, weil Ihre letzte Vorsorge bei uns mehr als sechs Monate her ist.",
        question="Hatten Sie in letzter Zeit Schmerzen oder empfindliche Zähne?",
        answers=("Nein, alles in Ordnung.", "Ein bisschen links, wenn ich etwas Kaltes trinke.", "Nein, alles wie immer."),
        offer="Wir könnten eine Kontrolle mit Zahnreinigung machen, das dauert etwa vierzig Minuten.",
        benefit="Zwei Kontrollen im Jahr übernimmt die Kasse, und das Bonusheft bleibt gültig.",
    ),
    "insurance": Trade(
        company="Nordtor Versicherung",
        service="die Autoversicherung",
        reason="Ich rufe an, weil Ihre Autoversicherung Ende nächsten Monats ausläuft.",
        question="Ist es noch derselbe Wagen, und fahren Sie ungefähr so viel wie letztes Jahr?",
        answers=(
            "Derselbe, ja, vielleicht etwas weniger.",
            "Ja, da hat sich nichts geändert.",
            "Derselbe Wagen, aber ich fahre inzwischen mehr.",
        ),
        offer="Bei gleicher Leistung verlängere ich sie um ein Jahr für 41 Euro im Monat, Schutzbrief inklusive.",
        benefit="Wenn Sie heute verlängern, bleibt der Beitrag zwölf Monate fest.",
    ),
    "solar": Trade(
        company="Hellfeld Solar",
        service="die Dachprüfung",
        reason="Sie hatten auf unserer Seite gefragt, was Ihnen eine Solaranlage bringen würde.",
        question="Gehört Ihnen das Haus, und was zahlen Sie ungefähr für Strom im Monat?",
        answers=(
            "Ja, das ist unseres, etwa hundertzwanzig Euro.",
            "Es gehört mir, so neunzig im Monat.",
            "Ja, im Winter fast zweihundert.",
        ),
        offer="Ein Fachmann könnte sich das Dach ansehen und alles durchrechnen, kostenlos und unverbindlich.",
        benefit="Auf so einem Dach rechnet sich eine Anlage meist nach acht bis zehn Jahren.",
    ),
    "car": Trade(
        company="Autohaus Mühlbach",
        service="die Inspektion",
        reason="Ich rufe an, weil bei Ihrem Wagen diesen Monat die Inspektion fällig ist.",
        question="Gibt es etwas, das wir uns ansehen sollen, Geräusche oder eine Warnleuchte?",
        answers=("Morgens quietschen die Bremsen ein wenig.", "Nein, er läuft gut.", "Ab und zu leuchtet eine Lampe auf."),
        offer="Sie bringen ihn morgens, und nachmittags ist er fertig, auf Wunsch mit Ersatzwagen.",
        benefit="Mit gepflegtem Serviceheft bleiben Garantie und Wert erhalten.",
    ),
}

TALKS = {
    "appointment": (
        """A: {question}
U: {answer}
A: Danke, das notiere ich. {offer}
U: Gut, das klingt vernünftig. Wann wäre das denn?
A: Ich hätte {day} um {time}. Passt Ihnen das?
U: Ja, {day} passt. Tragen Sie mich bitte ein.
A: Wunderbar, Sie sind eingetragen für {day} um {time}. Sie bekommen noch eine Nachricht.
U: Prima, vielen Dank.
A: Danke Ihnen, einen schönen Tag noch. Auf Wiederhören.""",
        """U: Ach ja, ich wollte mich schon längst melden.
A: Kein Problem. {offer}
U: Haben Sie bald etwas frei?
A: Ich schaue nach. Der nächste freie Termin ist {day} um {time}.
U: Ja, den Termin nehme ich.
A: Ist gebucht: {day}, {time}. Sollten wir vorher noch etwas wissen?
U: {answer}
A: Gut zu wissen. Bis dann, auf Wiederhören.""",
    ),
    "sale": (
        """A: {question}
U: {answer}
A: {offer}
U: Und wenn ich noch abwarte?
A: {benefit}
U: Na gut, dann machen wir das so.
A: Sehr schön. Die Bestätigung kommt noch heute, Sie müssen nichts weiter tun.
U: Perfekt, danke für den Anruf.
A: Danke Ihnen, {name}. Auf Wiederhören.""",
    ),
    "qualified": (
        """A: {question}
U: {answer}
A: Das ist eine gute Grundlage. {benefit}
U: Das klingt interessant. Wie ginge es weiter?
A: {offer}
U: Ich hätte das gern erst schriftlich. Können Sie mir etwas schicken?
A: Gern. Ein Kollege schickt Ihnen die Unterlagen und ruft Sie {day} dazu an.
U: Ja, das wäre gut.
A: Sehr schön. Vielen Dank für Ihre Zeit, {name}.""",
    ),
    "successful": (
        """A: Nur eine kurze Frage. {question}
U: {answer}
A: Danke, mehr brauche ich nicht. Ihre Angaben sind jetzt aktuell.
U: Das ging ja schnell. Danke.
A: Danke Ihnen, {name}. Auf Wiederhören.""",
    ),
    "not_interested": (
        """U: Ach so. Ehrlich gesagt habe ich kein Interesse.
A: Das verstehe ich. {benefit}
U: Nein, wirklich nicht, danke. Ich brauche das im Moment nicht.
A: Natürlich. Danke für die offene Antwort, einen schönen Tag.
U: Tschüss.""",
        """A: {offer}
U: Dafür haben wir schon jemanden.
A: Darf ich fragen, ob Sie zufrieden sind?
U: Ja, sind wir. Also nein danke, kein Interesse.
A: In Ordnung, danke für Ihre Zeit.""",
    ),
    "do_not_call": (
        """U: Ich bekomme ständig solche Anrufe. Rufen Sie mich bitte nicht mehr an.
A: Das tut mir leid. Ich nehme Ihre Nummer sofort aus der Liste.
U: Ja, streichen Sie mich von der Liste. Wiederhören.""",
        """U: Hören Sie auf, mich anzurufen. Woher haben Sie meine Nummer?
A: Entschuldigen Sie die Störung. Sie sind bei uns als Kunde vermerkt.
U: Löschen Sie meine Nummer, und rufen Sie nie wieder an.
A: Sie ist gelöscht. Auf Wiederhören.""",
    ),
    "callback": (
        """U: Ich bin gerade in einer Besprechung, können Sie mich später zurückrufen?
A: Gern. Passt Ihnen {day} um {time}?
U: Ja, rufen Sie mich dann zurück.
A: Ich habe {day} um {time} notiert. Bis dann.""",
        """U: Gerade schlecht, ich sitze im Auto.
A: Dann halte ich Sie nicht auf. Wann darf ich es noch einmal versuchen?
U: Versuchen Sie es {day}, so gegen {time}.
A: Mache ich. Gute Fahrt.""",
    ),
    "transfer": (
        """A: {offer}
U: Ich habe eine Frage zu meinem Vertrag. Kann ich mit einem Menschen sprechen?
A: Selbstverständlich. Ich verbinde Sie mit einem Kollegen, einen Moment bitte.
U: Gut, danke.""",
    ),
    "wrong_number": (
        """A: Guten Tag, hier ist {persona} von {company}. Spreche ich mit {owner}?
U: Nein, da haben Sie sich verwählt. Hier wohnt niemand mit diesem Namen, falsche Nummer.
A: Entschuldigen Sie die Störung. Ich berichtige das bei uns.
U: Schon gut. Wiederhören.""",
    ),
    "silence": (
        """A: Guten Tag, hier ist {persona} von {company}. Spreche ich mit {owner}?
A: Hallo? Können Sie mich hören?""",
    ),
    "voicemail": (
        """U: Hallo, hier ist der Anrufbeantworter von {owner}. Bitte hinterlassen Sie eine Nachricht nach dem Ton.
A: Guten Tag, hier ist {persona} von {company}. Es geht um {service}. Wir melden uns wieder. Auf Wiederhören.""",
        """U: Der gewünschte Gesprächspartner ist zurzeit nicht erreichbar. Bitte sprechen Sie nach dem Signalton.
A: Guten Tag {name}, {persona} von {company}. Es geht um {service}. Wir versuchen es bald wieder. Auf Wiederhören.""",
    ),
    "ivr": ("""U: Danke für Ihren Anruf. Für den Verkauf drücken Sie die Eins, für den Kundendienst die Zwei.""",),
    "chat": (
        """U: Wie bitte? Die Verbindung ist nicht so gut.
A: Gern noch einmal. {offer}
U: Und wie läuft das genau ab?
A: {benefit}
U: Verstehe. Einen Moment, es klingelt an der Tür.
A: Kein Problem, ich warte.
U: So, da bin ich wieder. Also, {service}.
A: Ja. {question}
U: {answer}""",
    ),
}

GERMAN = Speech(
    language="de",
    someone="dem Vertragsinhaber",
    personas=("Anna", "Lukas", "Katharina", "Jonas"),
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
    day="{weekday}, den {day}. {month}",
    time="{hour}:{minute} Uhr",
    trades=TRADES,
    opening_named=(
        "A: Guten Tag, hier ist {persona} von {company}. Spreche ich mit {owner}?\nU: Ja, am Apparat.\nA: {reason}",
        "U: Hallo?\nA: Guten Tag, {persona} von {company}. Sind Sie {name}?\nU: Ja, worum geht es?\nA: {reason}",
    ),
    opening_unnamed=("A: Guten Tag, hier ist {persona} von {company}. Haben Sie kurz Zeit?\nU: Ja, worum geht es?\nA: {reason}",),
    talks=TALKS,
)
