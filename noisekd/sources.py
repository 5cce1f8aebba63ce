from noisekd.data import *
