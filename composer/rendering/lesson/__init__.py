"""Lessons: a piece as a worksheet with the picture, the music, activities and their answers."""

from __future__ import annotations

from composer.rendering.lesson.catalogue import languages, load_catalogue
from composer.rendering.lesson.content import LessonContent
from composer.rendering.lesson.page import lesson_html
from composer.rendering.lesson.pdf import check_pdf, lesson_pdf
from composer.rendering.lesson.score_pictures import answer_score, pupil_score
from composer.rendering.lesson.style import Layout
from composer.rendering.lesson.task_finder import find_tasks
from composer.rendering.lesson.tasks import Tasks, Version

__all__ = [
    "Layout",
    "LessonContent",
    "Tasks",
    "Version",
    "answer_score",
    "check_pdf",
    "find_tasks",
    "languages",
    "lesson_html",
    "lesson_pdf",
    "load_catalogue",
    "pupil_score",
]
