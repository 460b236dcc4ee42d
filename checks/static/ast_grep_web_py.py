"""Python examples of what strangers can do to a web application and its visitors.

A line that must be reported ends with `# <- slug`; every other line must stay silent.
"""

FILES = {
    "shop/request_data_in_path.py": """\
import os
from pathlib import Path


def download(request):
    return open(os.path.join("files", request.args["name"]))  # <- request-data-in-path


def show(request):
    return send_file(request.args.get("path"))  # <- request-data-in-path


def read(request):
    return (Path("files") / request.args["name"]).read_text()  # <- request-data-in-path


def named(request):
    name = request.args["name"]
    return open("files/" + name)  # <- request-data-in-path


def download_well(request):
    return open(os.path.join("files", secure_filename(request.args["name"])))


def show_well(request):
    return send_from_directory("files", request.args["name"])


def named_well(request):
    name = request.args["name"]
    if name not in os.listdir("files"):
        raise KeyError(name)
    return open("files/" + name)


def upload(request):
    file = request.files["photo"]
    file.save(os.path.join("photos", file.filename))  # <- request-data-in-path


def upload_well(request):
    file = request.files["photo"]
    file.save(os.path.join("photos", secure_filename(file.filename)))
""",
    "shop/request_data_in_url.py": """\
import requests


def fetch(request):
    return requests.get(request.args["url"])  # <- request-data-in-url


def proxy(request):
    url = request.args.get("url")
    return requests.get(url, timeout=5)  # <- request-data-in-url


def lookup(request):
    return requests.get(f"https://api.example.com/items/{request.args['id']}")


def search(request):
    return requests.get("https://api.example.com/search", params={"q": request.args["q"]})


def proxy_well(request):
    url = request.args.get("url")
    if urlsplit(url).hostname not in HOSTS:
        abort(400)
    return requests.get(url, timeout=5)
""",
    "shop/open_redirect.py": """\
def login(request):
    return redirect(request.args.get("next") or "/")  # <- open-redirect


def logout(request):
    target = request.GET["next"]
    return HttpResponseRedirect(target)  # <- open-redirect


def login_well(request):
    target = request.args.get("next")
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return redirect(target)
    return redirect(url_for("index"))


def item(request):
    return redirect("/items/" + request.args["id"])
""",
    "shop/request_data_in_html.py": """\
def hello(request):
    return f"<h1>Hello {request.args.get('name')}</h1>"  # <- request-data-in-html


def echo(request):
    return HttpResponse(request.GET["text"])  # <- request-data-in-html


@app.route("/hello/<name>")
def hello_by_name(name):
    return f"<h1>Hello {name}</h1>"  # <- request-data-in-html


@app.route("/item/<int:number>")
def item(number):
    return f"<h1>Item {number}</h1>"


def hello_well(request):
    return f"<h1>Hello {escape(request.args.get('name'))}</h1>"


def plain(request):
    return HttpResponse(request.GET["text"], content_type="text/plain")


def page(request):
    return render(request, "page.html", {"name": request.GET["name"]})
""",
    "shop/markup_from_variable_text.py": """\
def link(name, inner_html):
    first = mark_safe(f"<b>{name}</b>")  # <- markup-from-variable-text
    second = format_html(f"<b>{name}</b>")  # <- markup-from-variable-text
    third = Markup("<b>%s</b>" % name)  # <- markup-from-variable-text
    fine = format_html("<b>{}</b>", name)
    well = mark_safe("<b>bold</b>")
    return first, second, third, fine, well, Markup("<b>%s</b>") % name, mark_safe(f"<p>{inner_html}</p>")


def link_well(name):
    return mark_safe(f"<b>{escape(name)}</b>")
""",
    "shop/template_escaping_off.py": """\
from jinja2 import Environment

pages = Environment(loader=DictLoader({"page.html": PAGE}), autoescape=False)  # <- template-escaping-off
code = Environment(loader=FileSystemLoader("code"), autoescape=False)
mail = Environment(loader=DictLoader({"mail.html": PAGE}), autoescape=True)
""",
    "shop/debug_server.py": """\
def start(app, debug):
    app.run(debug=True)  # <- debug-server
    app.run(host="0.0.0.0", debug=True)  # <- debug-server
    app.run(host="0.0.0.0")
    app.run(debug=debug)
""",
    "shop/settings.py": """\
DEBUG = True  # <- debug-setting-on
ROOT_URLCONF = "shop.urls"
TEMPLATE_DEBUG = DEBUG
""",
    "shop/flags.py": """\
DEBUG = True
""",
    "shop/production_settings.py": """\
import os

DEBUG = os.environ.get("DEBUG") == "1"
ROOT_URLCONF = "shop.urls"
""",
    "shop/jwt_not_verified.py": """\
import jwt


def user(token):
    return jwt.decode(token, options={"verify_signature": False})["sub"]  # <- jwt-not-verified


def user_of(token, key):
    return jwt.decode(token, key, algorithms=["none"])["sub"]  # <- jwt-not-verified


def user_well(token, key):
    return jwt.decode(token, key, algorithms=["RS256"])["sub"]


def user_with_key(token, keys):
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    return jwt.decode(token, keys[issuer], algorithms=["RS256"])["sub"]


def unverified_claims(token):
    return jwt.decode(token, options={"verify_signature": False})
""",
    "shop/cors_any_origin_with_credentials.py": """\
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)  # <- cors-any-origin-with-credentials
CORS(app, origins="*", supports_credentials=True)  # <- cors-any-origin-with-credentials
app.add_middleware(CORSMiddleware, allow_origins=["*"])
app.add_middleware(CORSMiddleware, allow_origins=["https://shop.example"], allow_credentials=True)
""",
}
