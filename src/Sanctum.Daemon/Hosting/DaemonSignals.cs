using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Sanctum.Daemon.Hosting;

/// <summary>The signals of a daemon that has its process for itself: SIGTERM and SIGINT stop it, SIGHUP has it read its configuration again.</summary>
internal sealed class DaemonSignals : IDisposable
{
    private readonly CancellationTokenSource _hurry = new();
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One that waits is enough: it reads what is there then.
    private readonly Channel<bool> _hangUps = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly PosixSignalRegistration[] _registrations;

    public DaemonSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp),
    ];

    /// <summary>Completes with the first signal to stop.</summary>
    public Task StopRequested => _stop.Task;

    /// <summary>Cancelled by the second signal to stop.</summary>
    public CancellationToken Hurry => _hurry.Token;

    /// <summary>Has one while the configuration is to be read again.</summary>
    public ChannelReader<bool> HangUps => _hangUps.Reader;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _hurry.Dispose();
    }

    private void OnStop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (!_stop.TrySetResult())
        {
            _hurry.Cancel();
        }
    }

    private void OnHangUp(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _hangUps.Writer.TryWrite(true);
    }
}
