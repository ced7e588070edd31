"""Building blocks that know Keras and statistics, but no paper, claim or threshold."""

from common.engine import light_keras

light_keras.install()
