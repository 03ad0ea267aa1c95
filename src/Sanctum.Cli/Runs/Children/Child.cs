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
    private const int HangUp = 1, Interrupt = 2, Quit = 3, Terminate = 15;
    private const nint Ignore = 1; // SIG_IGN
    private const int SignalMask = 0x7F;
    private const int FromSignal = 128;

    // Kept to the end of the process: the runtime hands signals on late when a machine is busy, and one that comes when nobody takes it any more ends the process.
    private static readonly Lazy<PosixSignalRegistration[]> ForTheProgramAlone = new(() =>
        [PosixSignalRegistration.Create(PosixSignal.SIGINT, it => it.Cancel = true), PosixSignalRegistration.Create(PosixSignal.SIGQUIT, it => it.Cancel = true)]);

    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly Lock _gate = new();
    private int _process;
    private bool _hasEnded;

    // Who gets a signal that is passed on.
    private readonly Func<int, int> _receiver;

    private Child(Func<int, int> receiver, bool ignoresInterrupts)
    {
        _receiver = receiver;
        if (ignoresInterrupts)
        {
            _ = Spawn.Handle(Interrupt, Ignore);
            _ = Spawn.Handle(Quit, Ignore);
        }
        else
        {
            _ = ForTheProgramAlone.Value;
        }

        Register(PosixSignal.SIGTERM, Terminate);
        Register(PosixSignal.SIGHUP, HangUp);
    }

    /// <summary>Its process id.</summary>
    public int Id => _process;

    /// <summary>Starts it.</summary>
    /// <exception cref="CliException">It can't be started; the exit code is the one that shells have for that.</exception>
    public static Child Start(IReadOnlyList<byte[]> arguments, RawEnvironment environment)
    {
        var defaults = ChildSignals.Defaults();
        return Start(new Child(it => it, ignoresInterrupts: false), arguments, environment, defaults);
    }

    /// <summary>Starts a program that starts another, and itself ignores Ctrl-C and Ctrl-\. Other signals are passed on to <paramref name="receiver"/>.</summary>
    public static Child StartAround(IReadOnlyList<byte[]> arguments, RawEnvironment environment, Func<int, int> receiver)
    {
        var defaults = ChildSignals.Defaults();
        return Start(new Child(receiver, ignoresInterrupts: true), arguments, environment, [.. defaults.Except([Interrupt, Quit])]);
    }

    /// <summary>Starts the other program, for which these two are as they are by default.</summary>
    public static Child StartInside(IReadOnlyList<byte[]> arguments, RawEnvironment environment)
    {
        var defaults = ChildSignals.Defaults();
        return Start(new Child(it => it, ignoresInterrupts: false), arguments, environment, [.. defaults.Union([Interrupt, Quit])]);
    }

    private static Child Start(Child child, IReadOnlyList<byte[]> arguments, RawEnvironment environment, IReadOnlyList<int> defaults)
    {
        ChildSignals.KeepEndsOfChildren();
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

    private void Register(PosixSignal signal, int passOn) => _signals.Add(PosixSignalRegistration.Create(signal, received =>
    {
        received.Cancel = true;
        lock (_gate)
        {
            if (_process > 0 && !_hasEnded)
            {
                _ = Spawn.Send(_receiver(_process), passOn);
            }
        }
    }));
}
