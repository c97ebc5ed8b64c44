"""Small exchanges that people add to a talk about something else: from A's question to U's last word, in every language."""

from collections.abc import Mapping

ENGLISH = (
    """A: Before I go on, may I check that this is still the best number for you?
U: Yes, this one is fine. Evenings are better than mornings, though.
A: Evenings it is, I have made a note of that.
U: Thank you.""",
    """A: And which e-mail address may I use for the details?
U: The one you have should be right. I only changed the one at work.
A: Then I'll leave it as it is, and you'll find everything there later today.
U: Perfect, I look at it every night.""",
    """A: Is there anybody else in the household we should think of?
U: My wife as well, but she would rather ring you herself.
A: Of course. I'll leave a line for my colleagues, so that they know what it is about.
U: That's kind of you.""",
    """A: One moment, please, I'm just opening your file.
U: No problem, take your time.
A: Here it is. Thank you for waiting, the system is a little slow today.
U: It's the same with ours at work.""",
    """A: Did you get the letter we sent you a few weeks ago?
U: There was something in the post, but I haven't opened it yet.
A: That's all right, it only says what I'm about to tell you.
U: Good, then I can throw it away.""",
    """A: How do you prefer to hear from us: by text, by e-mail or on the phone?
U: A text is best. I never hear the phone when I'm outside.
A: Then a text it is. You can always answer it if something changes.
U: Oh, that is practical.""",
    """A: Do you have a question so far?
U: Yes, do I have to bring anything, papers or the like?
A: Nothing at all. We have everything here from last time.
U: That makes it easier.""",
    """A: Has your address changed since we last spoke?
U: We moved in the spring, but only two streets further.
A: Then let me correct that. Could you give me the house number?
U: Number forty one, the same postcode as before.""",
    """A: May I ask how you first heard of us?
U: A neighbour told me about you, years ago now.
A: That is nice to hear. Please give them our regards.
U: I will, we still see each other every weekend.""",
    """A: Can you hear me well? There is a little noise on the line.
U: Yes, I can hear you. It's the washing machine, one second. Better now?
A: Much better, thank you.
U: Good. Go on, please.""",
    """A: Just so that I don't waste your time: do you have about two minutes?
U: Two minutes are fine, the children are still at school.
A: Wonderful, then I'll keep it short.
U: All right.""",
    """A: Were you happy with us last time?
U: Yes, very. The lady at the desk was especially friendly.
A: I'll pass that on, she will be pleased.
U: Please do. I think her name was Carol.""",
    """A: Is it all right if I read the main points back to you?
U: Yes, please, I'm writing along.
A: Nothing to pay in advance, you can change your mind until the day before, and we remind you by text.
U: Got it. Until the day before, good.""",
    """A: Is parking a problem for you when you come to us?
U: It was the last time, I went around the block three times.
A: There is a yard behind the building now. Just ring at the gate.
U: I didn't know that. That will help.""",
    """A: By the way, our opening hours have changed. We are here until seven on Thursdays now.
U: Oh, that's good to know. I usually finish work at six.
A: Then Thursday could be your day.
U: It could, yes.""",
    """A: Shall I note anything for the colleague who looks after you?
U: Only that I would like to be told what it costs beforehand.
A: That goes without saying, but I'll put it in anyway.
U: Better safe than sorry.""",
    """A: Are you travelling in the next weeks, so that we don't miss you?
U: We're away over the holidays, from the twentieth on.
A: Then nobody will ring you before the new year.
U: Lovely, thank you.""",
    """A: I see that we also have your mobile number here. Should we keep it?
U: Keep it, but please only for emergencies.
A: It is marked like that now.
U: Great.""",
)
SPANISH = (
    """A: Antes de seguir, ¿este sigue siendo su mejor número?
U: Sí, este está bien. Mejor por la tarde que por la mañana.
A: Queda anotado, por la tarde.
U: Gracias.""",
    """A: ¿Prefiere que le escribamos un mensaje o un correo?
U: Un mensaje, por favor. El correo casi no lo miro.
A: Perfecto, entonces un mensaje.
U: Muy bien.""",
    """A: Un momento, por favor, estoy abriendo su ficha.
U: Sin problema, tómese su tiempo.
A: Ya la tengo. Gracias por esperar.
U: De nada.""",
    """A: ¿Ha cambiado su dirección desde la última vez?
U: No, seguimos en la misma casa.
A: Entonces lo dejo como está.
U: Sí, gracias.""",
)
GERMAN = (
    """A: Bevor ich weitermache: Ist das noch die beste Nummer für Sie?
U: Ja, die stimmt. Abends erreichen Sie mich besser als morgens.
A: Das habe ich mir notiert.
U: Vielen Dank.""",
    """A: Wie sollen wir Ihnen die Einzelheiten schicken, per E-Mail oder als Nachricht?
U: Als E-Mail, bitte. Die Adresse müssten Sie haben.
A: Ja, die steht hier. Sie haben sie heute noch im Postfach.
U: Prima.""",
    """A: Einen Augenblick, bitte, ich öffne gerade Ihre Akte.
U: Kein Problem, lassen Sie sich Zeit.
A: Da ist sie. Danke, dass Sie gewartet haben.
U: Gern.""",
    """A: Waren Sie beim letzten Mal mit uns zufrieden?
U: Ja, sehr. Es ging schnell, und alle waren freundlich.
A: Das gebe ich gern weiter.
U: Tun Sie das.""",
    """A: Hat sich Ihre Anschrift seit dem letzten Mal geändert?
U: Wir sind im Frühjahr umgezogen, aber nur zwei Straßen weiter.
A: Dann ändere ich das gleich. Welche Hausnummer ist es?
U: Die einundvierzig.""",
    """A: Haben Sie bis hierher eine Frage?
U: Muss ich irgendetwas mitbringen?
A: Nein, wir haben alles noch vom letzten Mal.
U: Das macht es einfacher.""",
)
FRENCH = (
    """A: Avant de continuer, est-ce toujours le meilleur numéro pour vous joindre ?
U: Oui, c'est le bon. Plutôt le soir que le matin.
A: C'est noté, le soir.
U: Merci bien.""",
    """A: Préférez-vous un message ou un courriel pour les détails ?
U: Un courriel, s'il vous plaît. Vous devez avoir l'adresse.
A: Oui, je l'ai ici. Vous le recevrez aujourd'hui.
U: Parfait.""",
    """A: Un instant, je vous prie, j'ouvre votre dossier.
U: Pas de souci, prenez votre temps.
A: Le voilà. Merci d'avoir patienté.
U: Je vous en prie.""",
    """A: Étiez-vous content de nous la dernière fois ?
U: Oui, très. Tout le monde était aimable.
A: Je le transmettrai, cela leur fera plaisir.
U: Volontiers.""",
    """A: Votre adresse a-t-elle changé depuis la dernière fois ?
U: Nous avons déménagé au printemps, mais à deux rues d'ici.
A: Je corrige tout de suite. Quel est le numéro ?
U: Le quarante et un.""",
    """A: Avez-vous une question jusqu'ici ?
U: Oui, faut-il que j'apporte quelque chose ?
A: Rien du tout, nous avons encore tout de la dernière fois.
U: C'est plus simple comme ça.""",
)
ASIDES: Mapping[str, tuple[str, ...]] = {"en": ENGLISH, "es": SPANISH, "de": GERMAN, "fr": FRENCH}
#: How many of the asides a talk is given find a place in it: nobody who wants to hang up is asked about parking.
PATIENCE: Mapping[str, float] = {
    "appointment": 1.0, "sale": 1.0, "qualified": 1.0, "successful": 0.8, "transfer": 0.7, "max_duration": 1.0,
    "their_fault_midcall": 1.0, "not_interested": 0.4, "callback": 0.2,
}  # fmt: skip
