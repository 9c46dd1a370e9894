"""`python -m training <stage>`: one stage of making the starter model. Each explains itself with --help."""

from __future__ import annotations

import argparse
import importlib

STAGES = {
    "data-sheet": "data_sheet",
    "tokenizer": "train_tokenizer",
    "text-encoder": "train_text_encoder",
    "vae": "train_vae",
    "scale-vae": "scale_vae",
    "judge": "train_judge",
    "check-gradients": "check_gradients",
    "denoiser": "train_denoiser",
    "assemble": "assemble",
    "preview": "fit_preview",
    "evaluate": "evaluate",
    "flaws": "flaws",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    stage = importlib.import_module(f"training.{STAGES[chosen.stage]}")
    own = argparse.ArgumentParser(
        prog=f"python -m training {chosen.stage}",
        description=stage.__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    stage.add_arguments(own)
    stage.run(own.parse_args(chosen.arguments))


if __name__ == "__main__":
    main()
