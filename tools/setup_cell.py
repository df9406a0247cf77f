import importlib.util
import subprocess
import sys

REPOSITORY = ""  # the course's public address; nothing is fetched outside Colab
if importlib.util.find_spec("coordlib") is None and "google.colab" in sys.modules and REPOSITORY:
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps"]
    subprocess.run([*pip, f"git+https://github.com/{REPOSITORY}"], check=False)
    importlib.invalidate_caches()
if importlib.util.find_spec("coordlib") is None:
    raise SystemExit(
        "The course's library coordlib is missing. On Colab, clone or upload the course's folder,"
        " run !pip install --no-deps FOLDER, then this cell again. Elsewhere, start with make lab."
    )
print("coordlib is ready.")
