"""French lines."""

from callcenter.simulator.speech.shape import Speech, Trade

TRADES = {
    "dental": Trade(
        company="Cabinet dentaire du Port",
        service="la visite de contrôle",
        reason="Je vous appelle parce que votre dernière visite chez nous date de plus de six mois.",
        question="Avez-vous eu mal ou une sensibilité ces derniers temps ?",
        answers=("Non, tout va bien.", "Un peu à gauche, quand je bois froid.", "Non, rien de particulier."),
        offer="Nous pouvons faire un contrôle et un détartrage, cela prend une quarantaine de minutes.",
        benefit="La plupart des mutuelles remboursent deux visites par an, il ne reste en général rien à payer.",
    ),
    "insurance": Trade(
        company="Assurances Portenord",
        service="l'assurance auto",
        reason="Je vous appelle parce que votre assurance auto arrive à échéance à la fin du mois prochain.",
        question="Avez-vous toujours la même voiture, et roulez-vous à peu près autant ?",
        answers=("La même, oui, peut-être un peu moins.", "Oui, rien n'a changé.", "La même, mais je roule davantage."),
        offer="À garanties égales, je peux la renouveler un an pour 39 euros par mois, assistance comprise.",
        benefit="Si vous renouvelez aujourd'hui, le tarif reste bloqué pendant douze mois.",
    ),
    "solar": Trade(
        company="Clairchamp Solaire",
        service="l'étude solaire",
        reason="Vous aviez demandé sur notre site ce que des panneaux vous feraient économiser.",
        question="Êtes-vous propriétaire, et combien payez-vous d'électricité par mois ?",
        answers=(
            "Oui, nous sommes propriétaires, environ cent vingt euros.",
            "C'est à moi, à peu près quatre-vingt-dix.",
            "Oui, presque deux cents en hiver.",
        ),
        offer="Un technicien peut passer voir le toit et faire le calcul, c'est gratuit et sans engagement.",
        benefit="Sur un toit comme le vôtre, l'installation s'amortit en huit ans environ.",
    ),
    "car": Trade(
        company="Garage Moulinet",
        service="la révision annuelle",
        reason="Je vous appelle parce que la révision annuelle de votre voiture est prévue ce mois-ci.",
        question="Y a-t-il quelque chose à regarder, un bruit ou un voyant allumé ?",
        answers=("Les freins grincent un peu le matin.", "Non, elle roule très bien.", "Un voyant s'allume de temps en temps."),
        offer="Vous la déposez le matin et elle est prête l'après-midi, avec une voiture de prêt si besoin.",
        benefit="Un carnet d'entretien à jour conserve la garantie et la valeur de la voiture.",
    ),
}

TALKS = {
    "appointment": (
        """A: {question}
U: {answer}
A: Merci, je le note. {offer}
U: D'accord, ça me convient. Ce serait quand ?
A: J'ai une place {day} à {time}. Est-ce que cela vous va ?
U: Oui, {day}, c'est parfait. Réservez-le, s'il vous plaît.
A: Très bien, c'est réservé pour {day} à {time}. Vous recevrez un message avec les détails.
U: Formidable, merci beaucoup.
A: Merci à vous, bonne journée. Au revoir.""",
        """U: Ah oui, je voulais justement vous appeler.
A: Il n'y a pas de souci. {offer}
U: Vous auriez une place bientôt ?
A: Je regarde. Le prochain rendez-vous libre est {day} à {time}.
U: Oui, je prends ce rendez-vous.
A: C'est noté : {day}, {time}. Faut-il savoir quelque chose avant ?
U: {answer}
A: Entendu. À bientôt, au revoir.""",
    ),
    "sale": (
        """A: {question}
U: {answer}
A: {offer}
U: Et si j'attends encore un peu ?
A: {benefit}
U: Bon, allons-y, je signe.
A: Parfait. Je vous envoie la confirmation aujourd'hui, vous n'avez rien d'autre à faire.
U: Très bien, merci de votre appel.
A: Merci à vous, {name}. Au revoir.""",
    ),
    "qualified": (
        """A: {question}
U: {answer}
A: C'est une bonne base. {benefit}
U: Cela m'intéresse. Quelle serait la suite ?
A: {offer}
U: J'aimerais d'abord le voir par écrit. Pouvez-vous m'envoyer quelque chose ?
A: Bien sûr. Un collègue vous envoie le dossier et vous rappelle {day} pour en parler.
U: Oui, ce serait bien.
A: Parfait. Merci de votre temps, {name}.""",
    ),
    "successful": (
        """A: C'est juste une petite question. {question}
U: {answer}
A: Merci, c'est tout. Vos informations sont à jour.
U: C'était rapide. Merci.
A: Merci à vous, {name}. Au revoir.""",
    ),
    "not_interested": (
        """U: Je vois. Franchement, je ne suis pas intéressé.
A: Je comprends. {benefit}
U: Non, vraiment, merci. Je n'en ai pas besoin en ce moment.
A: Bien sûr. Merci de votre franchise, bonne journée.
U: Au revoir.""",
        """A: {offer}
U: Nous avons déjà quelqu'un pour cela.
A: Puis-je vous demander si vous en êtes contents ?
U: Oui, très contents. Donc non merci, ça ne m'intéresse pas.
A: Très bien, merci de votre temps.""",
    ),
    "do_not_call": (
        """U: On m'appelle tous les jours. Ne m'appelez plus, s'il vous plaît.
A: Je suis désolé. Je retire votre numéro de la liste tout de suite.
U: Oui, retirez-moi de votre liste. Au revoir.""",
        """U: Arrêtez de m'appeler. Où avez-vous eu ce numéro ?
A: Excusez-moi de vous avoir dérangé. Vous figurez parmi nos clients.
U: Supprimez mon numéro et ne me rappelez plus.
A: C'est fait. Au revoir.""",
    ),
    "callback": (
        """U: Je suis en réunion, pouvez-vous me rappeler plus tard ?
A: Bien sûr. {day} à {time}, cela vous irait ?
U: Oui, rappelez-moi à ce moment-là.
A: C'est noté, {day} à {time}. À bientôt.""",
        """U: Ça tombe mal, je conduis.
A: Je ne vous retiens pas. Quand puis-je réessayer ?
U: Rappelez-moi {day}, vers {time}.
A: Entendu. Bonne route.""",
    ),
    "transfer": (
        """A: {offer}
U: J'ai une question sur mon contrat. Puis-je parler à une vraie personne ?
A: Certainement. Je vous passe un collègue, restez en ligne.
U: D'accord, merci.""",
    ),
    "wrong_number": (
        """A: Bonjour, ici {persona}, de {company}. Vous êtes bien {owner} ?
U: Non, vous vous êtes trompé de numéro. Il n'y a personne de ce nom ici.
A: Excusez-moi de vous avoir dérangé. Je corrige nos fichiers.
U: Ce n'est rien. Au revoir.""",
    ),
    "silence": (
        """A: Bonjour, ici {persona}, de {company}. Vous êtes bien {owner} ?
A: Allô ? Vous m'entendez ?""",
    ),
    "voicemail": (
        """U: Bonjour, vous êtes bien sur la messagerie de {owner}. Laissez un message après le bip.
A: Bonjour, ici {persona}, de {company}, au sujet de {service}. Rappelez-nous, sinon nous réessaierons. Au revoir.""",
        """U: Votre correspondant n'est pas disponible. Veuillez laisser un message après le signal sonore.
A: Bonjour {name}, {persona}, de {company}. C'est pour {service}. Nous réessaierons bientôt. Au revoir.""",
    ),
    "ivr": ("""U: Merci de votre appel. Pour les ventes, tapez un. Pour l'assistance, tapez deux.""",),
    "chat": (
        """U: Pardon, vous pouvez répéter ? On entend mal.
A: Bien sûr. {offer}
U: Et comment cela se passe, exactement ?
A: {benefit}
U: Je vois. Un instant, on sonne à la porte.
A: Prenez votre temps, je patiente.
U: Me revoilà. Donc, pour {service}.
A: Oui. {question}
U: {answer}""",
    ),
}

FRENCH = Speech(
    language="fr",
    someone="notre client",
    personas=("Camille", "Hugo", "Élise", "Antoine"),
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    months=(
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    day="{weekday} {day} {month}",
    time="{hour} h {minute}",
    trades=TRADES,
    opening_named=(
        "A: Bonjour, ici {persona}, de {company}. Vous êtes bien {owner} ?\nU: Oui, c'est moi.\nA: {reason}",
        "U: Allô ?\nA: Bonjour, {name} ? Ici {persona}, de {company}.\nU: Oui, c'est à quel sujet ?\nA: {reason}",
    ),
    opening_unnamed=(
        "A: Bonjour, ici {persona}, de {company}. Avez-vous une minute ?\nU: Oui, c'est à quel sujet ?\nA: {reason}",
    ),
    talks=TALKS,
)
