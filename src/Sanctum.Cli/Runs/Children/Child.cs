using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Runs.Children;

/// <summary>
/// A program in the foreground: it has this process's streams and terminal. Ctrl-C and Ctrl-\ reach it from the terminal, and this process only waits;
/// SIGTERM and SIGHUP are passed on.
/// </summary>
internal sealed class Child : IDisposable
{
    private const int SignalMask = 0x7F;
    private const int FromSignal = 128;

    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly Lock _gate = new();
    private int _process;
    private bool _hasEnded;

    private Child()
    {
        Register(PosixSignal.SIGINT, passOn: null);
        Register(PosixSignal.SIGQUIT, passOn: null);
        Register(PosixSignal.SIGTERM, passOn: 15);
        Register(PosixSignal.SIGHUP, passOn: 1);
    }

    /// <summary>Its process id.</summary>
    public int Id => _process;

    /// <summary>Starts it.</summary>
    /// <exception cref="CliException">It can't be started; the exit code is the one that shells have for that.</exception>
    public static Child Start(IReadOnlyList<byte[]> arguments, RawEnvironment environment)
    {
        var defaults = ChildSignals.Defaults();
        ChildSignals.KeepEndsOfChildren();
        var child = new Child();
        lock (child._gate)
        {
            var failed = Spawn.Start(arguments, environment.Entries, defaults, out child._process);
            if (failed == 0)
            {
                return child;
            }

            child.Dispose();
            throw CliErrors.NotStarted(Encoding.UTF8.GetString(arguments[0]), failed, new Win32Exception(failed));
        }
    }

    /// <summary>Its exit code once it has ended; for a signal 128 and its number, as shells have it.</summary>
    public Task<int> WaitAsync() => Task.Factory.StartNew(Wait, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose() => _signals.ForEach(it => it.Dispose());

    private int Wait()
    {
        int status;
        while (Spawn.Wait(_process, out status, 0) < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Spawn.InterruptedCall)
            {
                throw new IOException($"the program can't be waited for: {new Win32Exception(error).Message}");
            }
        }

        lock (_gate)
        {
            _hasEnded = true; // Its number may be another process's from now on.
        }

        var signal = status & SignalMask;
        return signal == 0 ? status >> 8 & 0xFF : FromSignal + signal;
    }

    private void Register(PosixSignal signal, int? passOn) => _signals.Add(PosixSignalRegistration.Create(signal, received =>
    {
        received.Cancel = true;
        lock (_gate)
        {
            if (passOn is { } number && _process > 0 && !_hasEnded)
            {
                _ = Spawn.Send(_process, number);
            }
        }
    }));
}
