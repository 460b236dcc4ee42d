"""Python examples of secrets, certificates and files handled in ways that do not protect them.

A line that must be reported ends with `# <- slug`; every other line must stay silent.
"""

FILES = {
    "shop/weak_password_hash.py": """\
import hashlib


def store(password, user, data):
    first = hashlib.md5(password.encode()).hexdigest()  # <- weak-password-hash
    second = hashlib.sha1((user.salt + user.password).encode("utf-8")).hexdigest()  # <- weak-password-hash
    third = hashlib.new("md5", password).hexdigest()  # <- weak-password-hash
    fine = hashlib.md5(data).hexdigest()
    good = hashlib.pbkdf2_hmac("sha256", password.encode(), user.salt, 600_000)
    well = hashlib.sha256(user.password_reset_page.encode()).hexdigest()
    return first, second, third, fine, good, well


def sign_in(session, name, password):
    return session.post(URL, data={"name": name, "password": hashlib.md5(password.encode()).hexdigest()})


def is_pwned(password):
    return hashlib.sha1(password.encode()).hexdigest()
""",
    "shop/tls_verification_off.py": """\
import ssl

import requests


def fetch(url, insecure):
    requests.get(url, verify=False)  # <- tls-verification-off
    requests.get(url, verify="/etc/ca.pem")
    requests.get(url, verify=not insecure)
    requests.get("https://localhost:8443/health", verify=False)


def context(insecure):
    open_context = ssl._create_unverified_context()  # <- tls-verification-off
    ssl_context = ssl.create_default_context()
    if insecure:
        ssl_context.check_hostname = False
        ssl_context.verify_mode = ssl.CERT_NONE
    return open_context, ssl_context


def always():
    ctx = ssl.create_default_context()
    ctx.check_hostname = False  # <- tls-verification-off
    return ctx
""",
    "shop/obsolete_tls_version.py": """\
import ssl

old = ssl.SSLContext(ssl.PROTOCOL_TLSv1)  # <- obsolete-tls-version
new = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
new.minimum_version = ssl.TLSVersion.TLSv1_2
if protocol == ssl.PROTOCOL_TLSv1:
    raise ValueError(protocol)
""",
    "shop/temp_file_race.py": """\
import tempfile

name = tempfile.mktemp()  # <- temp-file-race
handle, safe = tempfile.mkstemp()
other = maker.mktemp("data")
""",
    "shop/fixed_path_in_tmp.py": """\
with open("/tmp/shop.log", "w") as log:  # <- fixed-path-in-tmp
    log.write("started")
with open("/tmp/shop.log") as log:
    log.read()
with open("/var/log/shop.log", "w") as log:
    log.write("started")
""",
    "shop/xml_external_entities.py": """\
from lxml import etree

bad = etree.XMLParser(resolve_entities=True)  # <- xml-external-entities
fine = etree.XMLParser(resolve_entities=False)
reader.setFeature(feature_external_ges, True)  # <- xml-external-entities
reader.setFeature(feature_external_ges, False)
reader.setFeature(feature_namespaces, True)
""",
    "shop/archive_extracted_unfiltered.py": """\
import tarfile
import zipfile


def unpack(path, folder):
    with tarfile.open(path) as archive:
        archive.extractall(folder)  # <- archive-extracted-unfiltered


def unpack_here(path):
    archive = tarfile.open(path)
    archive.extractall()  # <- archive-extracted-unfiltered


def unpack_well(path, folder):
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
        archive.extractall(filter="tar")


def unpack_zip(path, folder):
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)


def unpack_some(path, folder):
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            check(member)
        archive.extractall(folder)
""",
    "shop/archive_member_path_joined.py": """\
import os
import zipfile


def unpack(archive, folder):
    for member in archive.infolist():
        target = os.path.join(folder, member.filename)  # <- archive-member-path-joined
        with open(target, "wb") as file:
            file.write(archive.read(member))


def unpack_well(archive, folder):
    for member in archive.infolist():
        target = os.path.realpath(os.path.join(folder, member.filename))
        if not target.startswith(folder):
            continue
        with open(target, "wb") as file:
            file.write(archive.read(member))


def names(archive, folder):
    for member in archive.infolist():
        yield os.path.join(folder, member.filename)
""",
    "shop/broken_cipher.py": """\
from Crypto.Cipher import AES, DES

first = AES.new(key, AES.MODE_ECB)  # <- broken-cipher
second = DES.new(key, DES.MODE_CBC, iv)  # <- broken-cipher
fine = AES.new(key, AES.MODE_GCM)
MODES = {"ecb": AES.MODE_ECB}
""",
    "shop/fixed_initialisation_vector.py": """\
import os

from Crypto.Cipher import AES

first = AES.new(key, AES.MODE_CBC, b"0123456789abcdef")  # <- fixed-initialisation-vector
second = Cipher(algorithms.AES(key), modes.CBC(b"\\0" * 16))  # <- fixed-initialisation-vector
fine = AES.new(key, AES.MODE_CBC, os.urandom(16))
good = Cipher(algorithms.AES(key), modes.CBC(iv))
""",
    "shop/guessable_secret.py": """\
import random
import secrets


def create(user, letters):
    user.password = "".join(random.choice(letters) for _ in range(12))  # <- guessable-secret
    reset_token = random.randint(100000, 999999)  # <- guessable-secret
    fine = secrets.token_urlsafe()
    password = "".join(secrets.choice(letters) for _ in range(12))
    session.token = "".join(random.choice(string.ascii_letters) for _ in range(32))  # <- guessable-secret
    token = random.choice(["if", "else"])
    api_key = "".join(random.SystemRandom().choice(letters) for _ in range(12))
    return reset_token, fine, password, token, api_key


def generate_password(letters):
    return "".join(random.choices(letters, k=12))  # <- guessable-secret


def generate_colour(letters):
    return "".join(random.choices(letters, k=6))
""",
    "shop/ssh_host_key_unchecked.py": """\
import paramiko


def connect(client, unknown_ok):
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # <- ssh-host-key-unchecked
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    if unknown_ok:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
""",
    "shop/logged_password.py": """\
def login(user, password):
    logger.info("login of %s with %s", user, password)  # <- logged-password
    logger.debug(f"password is {password}")  # <- logged-password
    logger.info("login of %s", user)
    logger.info("password changed")
    logger.debug("password length %d", len(password))
""",
    "shop/signature_compared_with_equals.py": """\
import hmac


def check(key, body, sent):
    if hmac.new(key, body, "sha256").hexdigest() == sent:  # <- signature-compared-with-equals
        return True
    made = hmac.new(key, body, "sha256").hexdigest()
    return made == sent  # <- signature-compared-with-equals


def check_well(key, body, sent):
    made = hmac.new(key, body, "sha256").hexdigest()
    if made == "":
        return False
    return hmac.compare_digest(made, sent)
""",
    "shop/world_writable_mode.py": """\
import os

os.chmod("shop.db", 0o777)  # <- world-writable-mode
os.chmod("shop.db", 0o600)
os.makedirs("shop", mode=0o777)
""",
}
