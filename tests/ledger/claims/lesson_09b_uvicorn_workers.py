CLAIM = "With two workers, each answer of Uvicorn 0.54 takes some 40 ms more."
SAID = {"lesson 09b": "With two workers each answer of Uvicorn 0.54 takes some 40 ms more"}
NOT_RUN = (
    "It is about Uvicorn, not Django. Lesson 09b's own cell measures it on the Uvicorn that is installed; "
    "seen with 0.54.0 on Linux: 44 ms with two workers, 0.2 ms with one. Its issue 3149 is about it."
)
VERDICT = "True of 0.54. If a later one has mended it, the lesson's cell says so first."
