"""Python examples of request data and variable text that reach a place where text becomes code.

A line that must be reported ends with `# <- slug`; every other line must stay silent.
"""

FILES = {
    "shop/sql_built_from_text.py": """\
TABLE = "users"


def find(cursor, name, table, marks, limit, user_ids):
    cursor.execute(f"SELECT id FROM users WHERE name = '{name}'")  # <- sql-built-from-text
    cursor.execute("SELECT id FROM users WHERE name = '%s'" % name)  # <- sql-built-from-text
    cursor.execute("SELECT id FROM users WHERE name = '{}'".format(name))  # <- sql-built-from-text
    cursor.execute("SELECT id FROM users WHERE name = '" + name + "'")  # <- sql-built-from-text
    statement = f"DELETE FROM users WHERE id = {name}"  # <- sql-built-from-text
    cursor.execute(statement)
    cursor.execute(
        f"SELECT id FROM users WHERE name = '{name}' "  # <- sql-built-from-text
        f"AND kind = '{name}'"
    )
    cursor.execute("SELECT id FROM users WHERE name = %s", (name,))
    cursor.execute(f"SELECT id FROM {table} WHERE name = ?", (name,))
    cursor.execute(f"SELECT id FROM {TABLE} WHERE kind = '{TABLE}'")
    cursor.execute(f"SELECT id FROM users WHERE id IN ({','.join('?' * len(user_ids))})", user_ids)
    cursor.execute(f"SELECT id FROM users WHERE id = {int(name)} LIMIT {limit:d}")
    cursor.execute(f"UPDATE users SET {table}.name = ? WHERE {marks}", (name,))
    print(f"no rows from users where name = '{name}'")
""",
    "shop/request_data_in_sql.py": """\
def search(request, cursor):
    cursor.execute(f"SELECT * FROM items WHERE name = '{request.GET['q']}'")  # <- request-data-in-sql
    cursor.execute("SELECT * FROM items ORDER BY " + request.GET.get("order"))  # <- request-data-in-sql
    cursor.execute("SELECT * FROM items WHERE name = %s", [request.GET["q"]])
    cursor.execute("SELECT * FROM items WHERE id = %d" % int(request.GET["id"]))


def ordered(request, cursor):
    order = request.args.get("order")
    cursor.execute(f"SELECT * FROM items ORDER BY {order}")  # <- request-data-in-sql


def ordered_well(request, cursor):
    order = request.args.get("order")
    if order not in ("name", "price"):
        order = "name"
    cursor.execute(f"SELECT * FROM items ORDER BY {order}")


@app.get("/items/{name}")
def item(name: str, cursor):
    cursor.execute(f"SELECT * FROM items WHERE name = '{name}'")  # <- request-data-in-sql
""",
    "shop/shell_with_variable_text.py": """\
import os
import shlex
import subprocess

COMMAND = "git status"


def pack(folder, name):
    os.system(f"tar czf out.tgz {folder}")  # <- shell-with-variable-text
    subprocess.run("tar czf " + name, shell=True)  # <- shell-with-variable-text
    subprocess.check_output("ls %s" % folder, shell=True)  # <- shell-with-variable-text
    subprocess.run(["sh", "-c", f"tar czf {name}"])  # <- shell-with-variable-text
    command = f"rm -r {folder}"  # <- shell-with-variable-text
    os.system(command)
    subprocess.run(["tar", "czf", f"{name}.tgz", folder])
    subprocess.run(f"tar czf {shlex.quote(name)}", shell=True)
    subprocess.run(COMMAND, shell=True)
    os.system("clear")
    subprocess.run(f"tar czf {name}", shell=False)


def within(folder, command, pager):
    os.system(f"{pager} < {folder}")
    os.system(f"set -e; {command}")
    subprocess.run(f"cd {shlex.quote(folder)} && {command}", shell=True)
""",
    "shop/request_data_in_shell.py": """\
import os
import shlex
import subprocess


def ping(request):
    os.system("ping " + request.args["host"])  # <- request-data-in-shell
    subprocess.run(f"ping {request.form['host']}", shell=True)  # <- request-data-in-shell
    subprocess.run(["ping", request.form["host"]])
    os.system("ping " + shlex.quote(request.args["host"]))


def trace(request):
    host = request.args["host"]
    subprocess.call(f"traceroute {host}", shell=True)  # <- request-data-in-shell


def start(request):
    data = request.get_json()
    os.system(data["command"])  # <- request-data-in-shell
    os.system(COMMANDS[data["command"]])


def lookup(request):
    host = request.args["host"]
    if not is_host_name(host):
        return None
    return subprocess.call(f"dig {host}", shell=True)  # <- shell-with-variable-text
""",
    "shop/code_from_request_data.py": """\
import base64
import json
import pickle


def load(request):
    state = pickle.loads(base64.b64decode(request.cookies["state"]))  # <- code-from-request-data
    total = eval(request.args.get("formula"))  # <- code-from-request-data
    safe = json.loads(request.cookies["state"])
    kind = eval("int")
    return state, total, safe, kind, pickle.loads(verified(request.cookies["state"]))


def render(request):
    name = request.args.get("name")
    return render_template_string("Hello " + name)  # <- code-from-request-data


def render_well(request):
    name = request.args.get("name")
    return render_template_string("Hello {{ name }}", name=name)
""",
    "shop/eval_of_input.py": """\
import ast

age = eval(input("age: "))  # <- eval-of-input
answer = eval(response.text)  # <- eval-of-input
safe = ast.literal_eval(input("age: "))
names = eval(annotation, vars(module))
""",
    "shop/unsafe_yaml_load.py": """\
import yaml

first = yaml.load(text)  # <- unsafe-yaml-load
second = yaml.load(text, Loader=yaml.Loader)  # <- unsafe-yaml-load
third = yaml.unsafe_load(text)  # <- unsafe-yaml-load
fine = yaml.safe_load(text)
good = yaml.load(text, Loader=yaml.SafeLoader)
well = yaml.load(text, Loader=OurLoader)
""",
    "shop/ruamel.py": """\
from ruamel.yaml import YAML

yaml = YAML(typ="safe")
fine = yaml.load(text)
""",
    "shop/unpickled_from_network.py": """\
import pickle


def receive(sock, response, path):
    job = pickle.loads(sock.recv(4096))  # <- unpickled-from-network
    model = pickle.loads(response.content)  # <- unpickled-from-network
    own = pickle.loads(path.read_bytes())
    return job, model, own, pickle.loads(pickle.dumps(job))
""",
}
