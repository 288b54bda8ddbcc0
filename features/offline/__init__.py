"""The offline engine: windows in SQL over a whole history, on DuckDB or Spark."""

from features.offline.history import MOST_CATEGORIES, History
from features.offline.matrix import Matrix, checkups, matrices, matrix

__all__ = ["MOST_CATEGORIES", "History", "Matrix", "checkups", "matrices", "matrix"]
