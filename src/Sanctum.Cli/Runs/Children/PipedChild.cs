using System.ComponentModel;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Runs.Children;

/// <summary>
/// A program that is spoken to over pipes, in a process group of its own. When it has ended, or is ended, so does whatever else is in the group: nothing that it has started is left behind.
/// </summary>
internal sealed class PipedChild
{
    private const int Terminate = 15;

    // So long after being told to, a program may still be at work.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly int _process;

    private PipedChild(int process, PipeStream input, PipeStream output, PipeStream errors)
    {
        (_process, Input, Output, Errors) = (process, input, output, errors);
        Ended = Task.Factory.StartNew(Wait, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>What it reads.</summary>
    public Stream Input { get; }

    /// <summary>What it writes.</summary>
    public Stream Output { get; }

    /// <summary>What it writes to its standard error.</summary>
    public Stream Errors { get; }

    /// <summary>Its process id, and that of its group.</summary>
    public int Id => _process;

    /// <summary>Its end, and with it that of its group.</summary>
    public Task Ended { get; }

    /// <summary>Starts it.</summary>
    /// <exception cref="CliException">It can't be started.</exception>
    public static PipedChild Start(IReadOnlyList<byte[]> arguments, RawEnvironment environment)
    {
        var defaults = ChildSignals.Defaults();
        ChildSignals.KeepEndsOfChildren();
        var input = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        var output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        var errors = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        var failed = Spawn.Start(arguments, environment.Entries, defaults, out var process, NumberOf(input), NumberOf(output), NumberOf(errors));

        // The program has these ends: with another copy here, it would never see that its input has ended.
        foreach (var pipe in new[] { input, output, errors })
        {
            pipe.DisposeLocalCopyOfClientHandle();
        }

        if (failed == 0)
        {
            return new PipedChild(process, input, output, errors);
        }

        foreach (var pipe in new[] { input, output, errors })
        {
            pipe.Dispose();
        }

        throw CliErrors.NotStarted(Encoding.UTF8.GetString(arguments[0]), failed, new Win32Exception(failed));
    }

    /// <summary>Ends it: its input ends, then it is told to, then it is made to.</summary>
    public async Task EndAsync()
    {
        await Input.DisposeAsync().ConfigureAwait(false);
        if (!await HasEndedAsync().ConfigureAwait(false))
        {
            _ = Spawn.Send(-_process, Terminate);
            if (!await HasEndedAsync().ConfigureAwait(false))
            {
                _ = Spawn.Send(-_process, Spawn.Kill);
                await Ended.ConfigureAwait(false);
            }
        }

        await Output.DisposeAsync().ConfigureAwait(false);
        await Errors.DisposeAsync().ConfigureAwait(false);
    }

    private static int NumberOf(AnonymousPipeServerStream pipe) => (int)pipe.ClientSafePipeHandle.DangerousGetHandle();

    private async Task<bool> HasEndedAsync() => await Task.WhenAny(Ended, Task.Delay(Patience)).ConfigureAwait(false) == Ended;

    private void Wait()
    {
        while (Spawn.WaitForEnd(_process) < 0)
        {
            RequireInterrupted();
        }

        // Its number, which is the group's, is its own until it is waited for below: nobody else gets this.
        _ = Spawn.Send(-_process, Spawn.Kill);
        while (Spawn.Wait(_process, out _, 0) < 0)
        {
            RequireInterrupted();
        }
    }

    private static void RequireInterrupted()
    {
        var error = Marshal.GetLastPInvokeError();
        if (error != Spawn.InterruptedCall)
        {
            throw new IOException($"the program can't be waited for: {new Win32Exception(error).Message}");
        }
    }
}
