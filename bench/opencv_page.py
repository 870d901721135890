"""The steps of `bench page` in OpenCV, one thread. Prints its version, then for each line of input
the processor time of one page, in milliseconds."""

import sys
import time

import cv2
import numpy as np

path, corners, width, height = sys.argv[1:5]
width, height = int(width), int(height)
corners = np.float32([float(n) for n in corners.split(",")]).reshape(4, 2)
page = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
data = np.fromfile(path, np.uint8)
curve = (np.clip((np.arange(256) / 256 - 0.12) / 0.8, 0, 1) * 255).astype(np.uint8)
cv2.setNumThreads(1)


def find(small):
    """The largest four-sided outline."""
    gray = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    edges = cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 1.4), 20, 60)
    edges = cv2.dilate(edges, np.ones((5, 5), np.uint8))
    best, largest = None, 0.02 * gray.size
    for outline in cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]:
        hull = cv2.convexHull(outline)
        sides = cv2.approxPolyDP(hull, 0.02 * cv2.arcLength(hull, True), True)
        if len(sides) == 4 and cv2.contourArea(sides) > largest:
            best, largest = sides, cv2.contourArea(sides)
    return best


def whiten(flat):
    """The light is estimated in cells of 16 by 16 pixels and divided by."""
    light = cv2.resize(flat, (width // 16, height // 16), interpolation=cv2.INTER_AREA)
    light = cv2.blur(cv2.dilate(light, np.ones((5, 5), np.uint8)), (7, 7))
    light = cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.LUT(cv2.divide(flat, light, scale=255), curve)


def once():
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    find(small)
    to_picture = cv2.getPerspectiveTransform(corners, page)
    flat = cv2.warpPerspective(picture, to_picture, (width, height), flags=cv2.INTER_LINEAR)
    return cv2.imencode(".jpg", whiten(flat), [cv2.IMWRITE_JPEG_QUALITY, 80])[1]


print(cv2.__version__, flush=True)
for _ in sys.stdin:
    began = time.process_time()
    once()
    print((time.process_time() - began) * 1000, flush=True)
