"""Sound through Qt: a buffer in memory pulled by ``QAudioSink`` in a thread of its own, with no Python on the way.

The worker thread runs Qt's C++ event loop. While a buffer plays, not one line of Python runs in it: a slot called there
every so often would wait for the interpreter's lock, and the sound with it, as long as anybody holds the lock. So the
window's thread looks how far the device has read, instead of being told. The buffer is allocated once at its full size
and never grows; the renderer writes ahead of the reader into memory that the reader has not reached. QtMultimedia is
imported here only, and only when a sink is made (it needs libpulse on Linux).
"""

from __future__ import annotations

import itertools
import logging
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Qt, QThread, Signal, Slot

from qaapp.audio.pcm import Samples

log = logging.getLogger(__name__)

BUFFER_S = 0.100  # of the device: what is heard after a key is that much old
LEAD_S = 0.120  # so far ahead of the device a running buffer is rewritten: rendering takes a part of it
PULL_S = 0.030  # the device fetches in pieces about so long
CLOSE_MS = 1500
_HARMLESS = ("NoError", "UnderrunError")  # by name: PySide has the enum twice, and the two are never equal
_orphans: list[
    object
] = []  # threads stuck in a broken sound system: destroying a running QThread would abort


@dataclass(frozen=True)
class _Job:
    """One buffer to play from its beginning."""

    serial: int
    device: Any
    audio_format: Any
    content: QByteArray


@dataclass(frozen=True)
class _Running:
    """A buffer that sounds, for the window's thread to look at. ``device_frames``: what the device holds when full."""

    serial: int
    began: float  # ``time.monotonic``
    buffer: QBuffer
    frame_bytes: int
    device_frames: int


class _Worker(QObject):
    """Lives in the sound thread; owns the QAudioSink and its buffer."""

    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.running: _Running | None = None  # replaced as one object
        self.newest = 0  # set by the player's thread: older jobs are not worth starting
        self._sink: Any = None
        self._key: object = None
        self._buffer: QBuffer | None = None
        self._job: _Job | None = None
        self._stopping = False

    @Slot(object)
    def play(self, job: _Job) -> None:
        if job.serial < self.newest:
            return
        try:
            self._play(job)
        except Exception as error:  # a Python error in a slot would be lost
            log.exception("the sound device failed")
            self.failed.emit(str(error))

    def _play(self, job: _Job) -> None:
        from PySide6.QtMultimedia import QAudioSink

        self._halt()
        key = (bytes(job.device.id().data()), job.audio_format.sampleRate(), job.audio_format.channelCount())
        if self._sink is None or key != self._key:
            if self._sink is not None:
                self._sink.stateChanged.disconnect(self._state_changed)
            self._sink = QAudioSink(job.device, job.audio_format)
            self._sink.setBufferSize(job.audio_format.bytesForDuration(int(BUFFER_S * 1e6)))
            self._sink.stateChanged.connect(self._state_changed)
            self._key = key
        self._job = job
        self._buffer = QBuffer(job.content)
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self._sink.start(self._buffer)
        if self._sink.error().name not in _HARMLESS:
            self.failed.emit(self._sink.error().name)
            return
        size = job.audio_format.bytesPerFrame()
        self.running = _Running(
            job.serial, time.monotonic(), self._buffer, size, self._sink.bufferSize() // size
        )

    @Slot(int)
    def halt(self, serial: int) -> None:
        if self._job is not None and self._job.serial <= serial:
            self._halt()

    def _halt(self) -> None:
        """Silence at once: what the device holds is dropped."""
        self._stopping = True
        self.running = None
        if self._sink is not None:
            self._sink.reset()
        if self._buffer is not None:
            self._buffer.close()
        self._buffer = self._job = None
        self._stopping = False

    @Slot()
    def _state_changed(self) -> None:
        # Without its argument: PySide cannot always convert a QAudio::State that arrives in this thread.
        if self._stopping or self._job is None or self._sink.state().name != "StoppedState":
            return
        if self._sink.error().name not in _HARMLESS:
            self.failed.emit(self._sink.error().name)

    @Slot()
    def finish(self) -> None:
        self._halt()
        self._sink = None
        self.thread().quit()


class QtSink(QObject):
    """The ``Sink`` of a real device. Made and used in the window's thread. Raises ``ImportError`` without libpulse.

    ``failed``: the device broke while playing; ``devices_changed``: the list of outputs is another one.
    """

    failed = Signal(str)
    devices_changed = Signal()
    _play = Signal(object)
    _halt = Signal(int)
    _finish = Signal()
    margin_s = 0.05
    lead_s = LEAD_S

    def __init__(self, description: str = "") -> None:
        super().__init__()
        from PySide6.QtMultimedia import QMediaDevices

        self._devices = QMediaDevices(self)
        self._devices.audioOutputsChanged.connect(self._outputs_changed)
        self._serials = itertools.count(1)
        self._serial = 0
        self._fetched = 0  # frames of the running buffer that the device was seen to have
        self._report: tuple[float, float] | None = None  # moment, frames heard by then
        self._format: Any = None
        self._content: QByteArray | None = None
        self._device: Any = None
        self.set_device(description)
        self._thread = QThread()
        self._thread.setObjectName("sound")
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        queued = Qt.ConnectionType.QueuedConnection
        self._play.connect(self._worker.play, queued)
        self._halt.connect(self._worker.halt, queued)
        self._finish.connect(self._worker.finish, queued)
        self._worker.failed.connect(self.failed, queued)
        self._thread.start(QThread.Priority.TimeCriticalPriority)

    @staticmethod
    def outputs() -> list[str]:
        """Descriptions of the devices that can play, the system's default one first."""
        from PySide6.QtMultimedia import QMediaDevices

        default = QMediaDevices.defaultAudioOutput().description()
        names = [device.description() for device in QMediaDevices.audioOutputs()]
        return sorted(names, key=lambda name: name != default)

    @property
    def name(self) -> str:
        return "" if self._device is None else str(self._device.description())

    def set_device(self, description: str) -> None:
        """Use the output of that name, or the system's default where there is none such, from the next start on."""
        from PySide6.QtMultimedia import QMediaDevices

        found = [device for device in QMediaDevices.audioOutputs() if device.description() == description]
        self._device = found[0] if found else QMediaDevices.defaultAudioOutput()

    def now(self) -> float:
        return time.monotonic()

    def accepted(self, sample_rate: int, channels: int) -> tuple[int, int]:
        """The recording's rate where the device takes it, else the device's own; one channel or two."""
        self._format = self._accepted(sample_rate, channels)
        return int(self._format.sampleRate()), int(self._format.channelCount())

    def _accepted(self, sample_rate: int, channels: int) -> Any:
        from PySide6.QtMultimedia import QAudioFormat

        wanted = QAudioFormat()
        wanted.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        own = self._device.preferredFormat()
        for rate in (sample_rate, own.sampleRate()):
            for count in (2, 1) if channels == 2 else (1, 2):
                wanted.setSampleRate(rate)
                wanted.setChannelCount(count)
                if self._device.isFormatSupported(wanted):
                    return wanted
        return wanted

    def open(self, sample_rate: int, frames: int) -> Samples:
        channels = int(self._format.channelCount())
        self._content = QByteArray(max(1, frames) * channels * 2, 0)
        memory: Samples = np.frombuffer(memoryview(self._content), np.int16)  # type: ignore[arg-type]
        return memory.reshape(-1, channels)

    def play(self) -> None:
        assert self._content is not None
        self._serial = next(self._serials)
        self._fetched, self._report = 0, None
        self._worker.newest = self._serial
        self._play.emit(_Job(self._serial, self._device, self._format, self._content))

    def stop(self) -> None:
        self._halt.emit(self._serial)

    def heard(self) -> tuple[float, float] | None:
        """What the device had fetched when it last fetched something, less what waits in its own full buffer."""
        running = self._worker.running
        if running is None or running.serial != self._serial:
            return None
        fetched = running.buffer.pos() // running.frame_bytes
        if self._report is None:
            self._report = running.began, -running.device_frames / 2
        if fetched > self._fetched:
            self._fetched = fetched
            self._report = time.monotonic(), float(max(0, fetched - running.device_frames))
        return self._report

    def taken(self) -> int:
        """Frames that the device has fetched by now, and what it may fetch in the next moment."""
        self.heard()
        rate = int(self._format.sampleRate())
        return max(self._fetched, round(BUFFER_S * rate)) + round(PULL_S * rate)

    @Slot()
    def _outputs_changed(self) -> None:
        self.devices_changed.emit()

    def close(self) -> None:
        """End the thread; never waits longer than a moment, even for a sound system that hangs."""
        self._worker.newest = next(self._serials)
        self._finish.emit()
        if not self._thread.wait(CLOSE_MS):
            log.warning("the sound system does not answer; its thread is left behind")
            _orphans.extend((self._thread, self._worker, self._content))
