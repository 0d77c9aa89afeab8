"""A linear model over word sequences alone: softmax with a quadratic penalty, by L-BFGS."""

import numpy as np
from scipy import sparse
from scipy.optimize import fmin_l_bfgs_b


def fit_words(
    words: sparse.csr_matrix, target: np.ndarray, weight: np.ndarray, freedom: float = 0.5, iterations: int = 60
) -> tuple[np.ndarray, np.ndarray]:
    """
    Weights [sequences, classes] and biases [classes].

    target: shares of the classes [rows, classes]; weight: of each row, any unit; freedom: the higher, the less weights are held to 0.
    """
    words = words.astype(np.float64).tocsr()
    turned = words.T.tocsr()
    weight = weight / weight.mean()
    width, classes = words.shape[1], target.shape[1]

    def loss_and_slope(point: np.ndarray) -> tuple[float, np.ndarray]:
        matrix, bias = point[: width * classes].reshape(width, classes), point[width * classes :]
        scores = words @ matrix + bias
        scores -= scores.max(1, keepdims=True)
        scores -= np.log(np.exp(scores).sum(1, keepdims=True))
        error = (np.exp(scores) - target) * weight[:, None]
        loss = -(weight[:, None] * target * scores).sum() + 0.5 / freedom * (matrix**2).sum()
        return loss, np.concatenate([(turned @ error + matrix / freedom).ravel(), error.sum(0)])

    point, _, _ = fmin_l_bfgs_b(loss_and_slope, np.zeros(width * classes + classes), maxiter=iterations, m=6)
    return point[: width * classes].reshape(width, classes), point[width * classes :]
