"""A small window for the X11 test: prints the name of every action that a key does."""

import sys

from PySide6.QtWidgets import QApplication, QLabel

from qaapp.ui.keys import ACTIONS, Keyboard

app = QApplication(sys.argv)
window = QLabel("keys")
window.setWindowTitle("qaapp keys test")
window.setFocusPolicy(window.focusPolicy().StrongFocus)
window.resize(300, 100)
keyboard = Keyboard()
keyboard.attach(window)
for action in ACTIONS:
    keyboard.bind(action.name, lambda name=action.name: print(name, flush=True))
window.show()
window.setFocus()
print("ready", flush=True)
app.exec()
