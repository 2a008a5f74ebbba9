"""Data to learn and measure with: tables of training, validation and test examples, and loaders for your own."""

from nbdspy.datasets.big_bench_hard import big_bench_hard
from nbdspy.datasets.classes import GSM8K, MATH, Dataset, HotPotQA
from nbdspy.datasets.clinc150 import clinc150
from nbdspy.datasets.emoji import emojis
from nbdspy.datasets.gsm8k import gsm8k
from nbdspy.datasets.heart_disease import heart_disease
from nbdspy.datasets.hotpotqa import hotpotqa, hotpotqa_passages, hotpotqa_small
from nbdspy.datasets.household import requests
from nbdspy.datasets.hover import hover
from nbdspy.datasets.iris import iris, iris_typo
from nbdspy.datasets.loader import DataLoader
from nbdspy.datasets.math import math
from nbdspy.datasets.novels import novels, novels_passages
from nbdspy.datasets.scone import scone
from nbdspy.datasets.tasks import TASKS, Task, catalog
from nbdspy.evaluation import gsm8k_metric

__all__ = [
    "GSM8K",
    "MATH",
    "TASKS",
    "DataLoader",
    "Dataset",
    "HotPotQA",
    "Task",
    "big_bench_hard",
    "catalog",
    "clinc150",
    "emojis",
    "gsm8k",
    "gsm8k_metric",
    "heart_disease",
    "hotpotqa",
    "hotpotqa_passages",
    "hotpotqa_small",
    "hover",
    "iris",
    "iris_typo",
    "math",
    "novels",
    "novels_passages",
    "requests",
    "scone",
]
