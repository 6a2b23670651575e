"""
What columns are called, in the languages that readers' lists come in.

Each list is in the order of trust. A name of two meanings stands where it does least harm: a
French `Nom` beside a `Prénom` is the last name all the same.
"""

from newsletter.audience.words import meanings, words
from newsletter.model import SuppressionReason

ADDRESS = words(
    "Email Address,Email,Email ID,Mail,Your email,Subscriber email,User email address,"
    "E-Mail-Adresse,Mailadresse,Adresse e-mail,Adresse mail,Adresse de messagerie,"
    "Adresse électronique,Courriel,Adresse courriel,Mél,"
    "Correo electrónico,Correo electronico,Correo,Dirección de correo electrónico,"
    "Dirección de correo,Dirección de email,Endereço de e-mail,Endereço de email,"
    "Correio eletrónico,Correio eletrônico,Indirizzo e-mail,Indirizzo email,Posta elettronica,"
    "E-mailadres,Mailadres,E-post,E-postadress,E-postadresse,E-mailadresse,Adres e-mail,"
    "Adresa e-mail,E-mailová adresa,E-posta,E-posta adresi,Sähköposti,Sähköpostiosoite,"
    "E-mail cím,Alamat email,Địa chỉ email,"
    "Электронная почта,Адрес электронной почты,Почта,Електронна пошта,"
    "ईमेल,ई-मेल,इमेल,ईमेल पता,ई-मेल पता,ইমেইল,ই-মেইল,મેઇલ,ઇમેઇલ,மின்னஞ்சல்,ఈమెయిల్,ಇಮೇಲ್,ഇമെയിൽ,ਈਮੇਲ,"
    "البريد الإلكتروني,بريد إلكتروني,ایمیل,ای میل,אימייל,דוא״ל,"
    "电子邮件,电子邮箱,邮箱,邮件地址,电子邮件地址,電子郵件,電郵,"
    "メールアドレス,メール,Eメール,이메일,이메일 주소,อีเมล"
)

#: Beside an `email`, it is a street: believed only where nothing else holds addresses.
DOUBTFUL = words("Address")

NAME = words(
    "name,full name,display name,Nom complet,Vollständiger Name,Nombre completo,Nome completo,"
    "Nom,Nombre,Nome,Naam,Namn,Navn,Имя,नाम,पूरा नाम,নাম,பெயர்,نام,الاسم,שם,姓名,名前,氏名,이름,ชื่อ"
)

FIRST = words(
    "first name,given name,forename,Prénom,Prenom,Vorname,Primer nombre,Nombres,Primeiro nome,"
    "Nome próprio,Voornaam,Förnamn,Fornavn,Etunimi,Imię,Jméno,पहला नाम,प्रथम नाम"
)

LAST = words(
    "last name,surname,family name,Nom de famille,Nachname,Familienname,Zuname,Apellidos,Apellido,"
    "Sobrenome,Apelido,Cognome,Achternaam,Efternamn,Etternavn,Efternavn,Sukunimi,Nazwisko,"
    "Příjmení,Фамилия,उपनाम,कुलनाम,सरनेम"
)

STATE = words(
    "status,subscription status,subscriber status,email status,state,Statut,Abo-Status,"
    "Estado de suscripción,Stato iscrizione,स्थिति"
)

#: Filled only where a reader left, and what for.
LEAVING = meanings(
    {
        SuppressionReason.UNSUBSCRIBED: (
            "unsub time,unsubscribed at,unsubscription date,unsubscribe date,unsubscribed date,"
            "unsubscribed on,unsubscribe time,opt-out date,opt-out time,opted out at,deleted at,"
            "Date de désinscription,Abgemeldet am"
        ),
        SuppressionReason.BOUNCED: "clean time,bounced at,bounce date",
        SuppressionReason.COMPLAINED: "complained at,complaint date",
        SuppressionReason.MANUAL: "blocked at,blocklisted at,blacklisted at",
    }
)

#: Yes means that a reader left, and what for.
LEFT_IF_YES = meanings(
    {
        SuppressionReason.UNSUBSCRIBED: (
            "email disabled,unsubscribed,opted out,opt out,email opt out,globally unsubscribed,"
            "Désinscrit,Désabonné,Abgemeldet"
        ),
        SuppressionReason.BOUNCED: "bounced,hard bounced",
        SuppressionReason.COMPLAINED: "complained,spam complaint",
        SuppressionReason.MANUAL: (
            "email blacklisted,blacklisted,blocklisted,suppressed,do not email,do not contact"
        ),
    }
)

#: No means that a reader left, and what for.
LEFT_IF_NO = meanings(
    {
        SuppressionReason.UNSUBSCRIBED: (
            "subscribed to emails,subscribed,is subscribed,opt in,opted in,email opt in"
        )
    }
)

#: When a reader signed up.
JOINED = words(
    "OPTIN_TIME,CONFIRM_TIME,Subscribed at,Subscription date,subscription_created_at,Opt-in date,"
    "Signup date,Signed up at,Date added,ADDED_TIME,Date Created,created at,Creation date,"
    "Created on,Join date,Joined at,Joined,Date d'inscription,Anmeldedatum,Timestamp"
)
