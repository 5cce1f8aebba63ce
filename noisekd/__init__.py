"Noise as a resource in knowledge distillation. Exported from nbs/33_cli.ipynb by `noisekd export`."
__version__ = "0.1.0"
__all__ = ["evaluate"]

def __getattr__(name):
    "`noisekd.evaluate`, loaded when it is asked for."
    if name != "evaluate": raise AttributeError(f"module 'noisekd' has no attribute {name!r}")
    from noisekd.evaluation import evaluate
    return evaluate
