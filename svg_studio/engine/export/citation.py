"""The paper that an export asks to be cited, as BibTeX."""

CITATION = """@inproceedings{denton2018stochastic,
  title     = {Stochastic Video Generation with a Learned Prior},
  author    = {Denton, Emily and Fergus, Rob},
  booktitle = {Proceedings of the 35th International Conference on Machine Learning (ICML)},
  year      = {2018},
  url       = {https://arxiv.org/abs/1802.07687}
}
"""
