"""Which modules a distribution brings, where the names differ.

Most distributions bring the module that bears their name; the table holds well-known ones that do not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_OTHERS = """
pyyaml: yaml _yaml
pillow: PIL
pillow-simd: PIL
beautifulsoup4: bs4
opencv-python: cv2
opencv-python-headless: cv2
opencv-contrib-python: cv2
scikit-learn: sklearn
scikit-image: skimage
attrs: attr attrs
pyjwt: jwt
protobuf: google
google-api-python-client: googleapiclient apiclient
google-auth: google
google-api-core: google
grpcio: grpc
grpcio-tools: grpc_tools
grpcio-status: grpc_status
pycryptodome: Crypto
pycryptodomex: Cryptodome
pycrypto: Crypto
pyopenssl: OpenSSL
mysqlclient: MySQLdb _mysql
mysql-python: MySQLdb
mysql-connector-python: mysql
pyserial: serial
pyusb: usb
pyzmq: zmq
python-memcached: memcache
python-ldap: ldap ldif
python-levenshtein: Levenshtein
python-telegram-bot: telegram
python-lsp-jsonrpc: pylsp_jsonrpc
pygithub: github
gitpython: git
dnspython: dns
pyhamcrest: hamcrest
pymongo: pymongo bson gridfs
pynacl: nacl
pysocks: socks sockshandler
pytest: pytest _pytest py
pytest-runner: ptr
pywin32: win32api win32con win32file win32com win32event win32process pywintypes win32security pythoncom
pywinpty: winpty
pywavelets: pywt
pyqt5: PyQt5
pyqt6: PyQt6
pyside2: PySide2 shiboken2
pyside6: PySide6 shiboken6
pygobject: gi
pycairo: cairo
ruamel.yaml: ruamel
ruamel-yaml: ruamel
setuptools: setuptools pkg_resources distutils _distutils_hack
djangorestframework: rest_framework
django-filter: django_filters
django-cors-headers: corsheaders
django-oauth-toolkit: oauth2_provider
slack-sdk: slack_sdk slack
slackclient: slack slackclient
tensorflow-gpu: tensorflow
tensorflow-cpu: tensorflow
tf-nightly: tensorflow
torch: torch caffe2 functorch
umap-learn: umap
unittest-xml-reporting: xmlrunner
uwsgi: uwsgi uwsgidecorators
wxpython: wx
zope.interface: zope
zope-interface: zope
brotlipy: brotli
faiss-cpu: faiss
faiss-gpu: faiss
fonttools: fontTools
ipython: IPython
apache-airflow: airflow
apache-libcloud: libcloud
azure-storage-blob: azure
azure-identity: azure
azure-core: azure
boto3: boto3 botocore
cassandra-driver: cassandra
cattrs: cattr cattrs
cx-oracle: cx_Oracle
databricks-sdk: databricks
enum34: enum
factory-boy: factory
fake-factory: faker
futures: concurrent
configparser: configparser backports
gdal: osgeo gdal
graphql-core: graphql
hydra-core: hydra
jaraco-functools: jaraco
jaraco-text: jaraco
jsonpath-ng: jsonpath_ng jsonpath_rw
jpype1: jpype
line-profiler: line_profiler kernprof
m2crypto: M2Crypto
mkdocs-material: material
netcdf4: netCDF4
nvidia-ml-py: pynvml
odfpy: odf
opentelemetry-api: opentelemetry
opentelemetry-sdk: opentelemetry
paho-mqtt: paho
pastedeploy: paste
pdfminer.six: pdfminer
pdfminer-six: pdfminer
peewee: peewee playhouse
phonenumberslite: phonenumbers
poetry-core: poetry
pyinstaller: PyInstaller
pypiwin32: win32api win32con pywintypes
readthedocs-sphinx-ext: readthedocs_ext
redis-py-cluster: rediscluster
repoze.lru: repoze
sgmllib3k: sgmllib
snowflake-connector-python: snowflake
speechrecognition: speech_recognition
types-pyyaml: yaml
websocket-client: websocket
zodb: ZODB
btrees: BTrees
zc.lockfile: zc
biopython: Bio BioSQL
pydispatcher: pydispatch
pyicu: icu
pyephem: ephem
jack-client: jack
levenshtein: Levenshtein
antlr4-python3-runtime: antlr4
antlr-python-runtime: antlr3
pyvmomi: pyVmomi pyVim vmware
"""


def normalised(name: str) -> str:
    """Return a distribution's name as indexes compare it: small letters, runs of `-_.` as one dash."""
    return re.sub(r"[-_.]+", "-", name).lower()


MODULES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        normalised(name): tuple(modules.split())
        for name, _, modules in (line.partition(":") for line in _OTHERS.split("\n") if line)
    }
)
_SHARED = frozenset(  # prefixes of distributions that all bring parts of one module
    {"google", "azure", "zope", "jaraco", "backports", "opentelemetry", "sphinxcontrib", "ruamel", "repoze", "plone"}
    | {"collective", "llama_index", "airflow", "paste", "oslo", "snowflake", "databricks", "mpl_toolkits", "aws_cdk"}
)
_DECORATED = re.compile(r"^(python|py|types|django|flask)_|_(python|py|py3|binary|stubs|bin|dev|headless)$")


def modules_of(distribution: str) -> frozenset[str]:
    """Return the top modules that a distribution of this name may bring; generous, since it is used to recognise."""
    name = normalised(distribution)
    plain = name.replace("-", "_")
    found = {plain, *MODULES.get(name, ()), _DECORATED.sub("", plain), plain.replace("_", ""), distribution}
    first = plain.partition("_")[0]
    return frozenset(found | {first}) if first in _SHARED else frozenset(found)


def is_brought_by(module: str, distributions: frozenset[str]) -> bool:
    """Return whether any of these distributions may bring a top module; letters' case is ignored."""
    wanted = module.lower()
    return any(wanted in {name.lower() for name in modules_of(distribution)} for distribution in distributions)
