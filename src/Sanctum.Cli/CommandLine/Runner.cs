using System.CommandLine;
using System.Runtime.InteropServices;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Terminals;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.CommandLine;

/// <summary>Runs commands: makes what they need from the global options, and turns how they end into an exit code.</summary>
internal sealed class Runner(GlobalOptions options)
{
    /// <summary>Ties a command to what it does. Zero is returned when the work ends; it throws what it refuses.</summary>
    public Command Bind(Command command, Func<Run, Task> work) => Bind(command, async run =>
    {
        await work(run).ConfigureAwait(false);
        return ExitCode.Done;
    });

    /// <summary>Ties a command to what it does, with an exit code of its own.</summary>
    /// <param name="endsOnHangUp">Whether it ends, tidily, when its terminal is closed. SIGHUP means something else to a daemon.</param>
    public Command Bind(Command command, Func<Run, Task<int>> work, bool endsOnHangUp = true)
    {
        command.SetAction(async (arguments, _) =>
        {
            using var interrupted = new CancellationTokenSource();

            // The first Ctrl-C asks the command to tidy up and end; a second one is the runtime's, and ends it at once. A daemon has its own use for the second: it seals
            // the vault all the same.
            void Interrupt(PosixSignalContext signal)
            {
                signal.Cancel = !endsOnHangUp || !interrupted.IsCancellationRequested;
                interrupted.Cancel();
            }

            using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
            using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
            using var onHangUp = endsOnHangUp ? PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupt) : null;
            return await RunAsync(arguments, work, interrupted.Token).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>Ties a command to what it does, where signals are none of the command line's business: they are for the program that it starts.</summary>
    public Command BindWithoutSignals(Command command, Func<Run, Task<int>> work)
    {
        command.SetAction((arguments, _) => RunAsync(arguments, work, CancellationToken.None));
        return command;
    }

    private async Task<int> RunAsync(ParseResult arguments, Func<Run, Task<int>> work, CancellationToken interrupted)
    {
        var named = arguments.GetValue(options.VaultPath);
        using var terminal = new Terminal(arguments.GetValue(options.Json), arguments.GetValue(options.Verbose), named, [.. options.Others(arguments)]);
        try
        {
            var vault = VaultDirectory.Resolve(named);
            var passphrases = new Passphrases(arguments.GetValue(options.PassphraseFile));
            var network = new Network(
                arguments.GetValue(options.Address), named is not null,
                () => TlsOptions.Of(arguments.GetValue(options.Authorities), arguments.GetValue(options.ClientCertificate), arguments.GetValue(options.ClientKey)));
            using var run = new Run(terminal, vault, named is not null, network, passphrases, arguments, TimeoutOf(arguments.GetValue(options.Timeout)), interrupted);
            return await work(run).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            var failure = Failure.From(e, UsageErrors.FullName(arguments.CommandResult));
            terminal.Fail(failure, e);
            return failure.ExitCode;
        }
    }

    private static TimeSpan? TimeoutOf(long? seconds) => seconds switch
    {
        null => null,
        >= 1 and <= 3600 => TimeSpan.FromSeconds(seconds.Value),
        _ => throw CliErrors.Usage("--timeout must be between 1 and 3600 seconds"),
    };
}
