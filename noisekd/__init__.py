"Noise as a resource in knowledge distillation."
__version__ = "0.1.0"
__all__ = ["evaluate"]

def __getattr__(name):
    "Load `evaluate` when it is asked for."
    if name != "evaluate":
        raise AttributeError(f"module 'noisekd' has no attribute {name!r}")
    from noisekd.evaluation import evaluate
    return evaluate
