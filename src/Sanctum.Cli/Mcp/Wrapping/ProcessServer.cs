using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Runs;
using Sanctum.Cli.Runs.Children;
using Sanctum.Cli.Terminals;
using Sanctum.Client;
using Sanctum.Mcp.Wrapping;

namespace Sanctum.Cli.Mcp.Wrapping;

/// <summary>A wrapped server that is a program: it runs as <c>sanctum run</c> would have it, and speaks over pipes.</summary>
internal sealed class ProcessServer : LineServer
{
    private readonly Run _run;
    private readonly SanctumClient _agent;
    private readonly OpenedRun _opened;
    private readonly ExposedSecrets _exposed;
    private readonly PipedChild _child;
    private readonly SecretFilter? _filter;
    private readonly SecretFilter? _errorsFilter;
    private readonly CancellationTokenSource _ended = new();
    private readonly bool _isQuiet;
    private readonly Task _errors;
    private readonly Task _keeping;

    private ProcessServer(Run run, SanctumClient agent, OpenedRun opened, ExposedSecrets exposed, PipedChild child, bool isQuiet)
        : base(child.Input, child.Output)
    {
        (_run, _agent, _opened, _exposed, _child, _isQuiet) = (run, agent, opened, exposed, child, isQuiet);
        (_filter, _errorsFilter) = (exposed.Filter(), exposed.Filter());
        _errors = Task.Run(new ServerErrors(child.Errors, _errorsFilter, StandardStreams.OpenErrors()).PassAsync);
        _keeping = KeepAsync();
    }

    public override ISecretFilter? Secrets => _filter;

    /// <summary>Starts it.</summary>
    public static async Task<ProcessServer> StartAsync(Run run, SanctumClient agent, ProcessServerOptions options, CancellationToken cancellationToken)
    {
        // 1 What the server gets itself, on leases. What it only gets a placeholder for, the run has.
        var exposed = await ExposedSecrets.TakeAsync(agent, options.Exposed, cancellationToken).ConfigureAwait(false);
        OpenedRun? opened = null;
        try
        {
            var environment = RawEnvironment.OfThisProcess();
            opened = await OpenedRun.OpenAsync(agent, environment, options.Values, options.IsIsolated, cancellationToken).ConfigureAwait(false);
            exposed.AddTo(environment);

            // 2 The program, in a process group of its own.
            var command = options.IsIsolated ? Isolation.Around(run.Vault.Path, options.Keys, opened.Vaults.Socket, opened.Folder, opened.Vaults.Token, options.Command) : options.Command;
            return new ProcessServer(run, agent, opened, exposed, PipedChild.Start(command, environment), options.IsQuiet);
        }
        catch
        {
            await (opened?.DisposeAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
            await exposed.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    protected override async ValueTask EndAsync(Stream input)
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _child.EndAsync().ConfigureAwait(false);
        await _errors.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await CloseAsync().ConfigureAwait(false);
        await _opened.DisposeAsync().ConfigureAwait(false);
        await _exposed.DisposeAsync().ConfigureAwait(false);
        _filter?.Dispose();
        _errorsFilter?.Dispose();
        _ended.Dispose();
    }

    // Without its run or without its leases, the server is ended; it is started again when something is asked of it.
    private async Task KeepAsync()
    {
        var session = new RunSession(_run.Terminal, _agent).KeepAsync(_opened.Vaults.ExpiresAfter, _ended.Token);
        var leases = _exposed.KeepAsync(_run.Terminal.Note, _ended.Token);
        if (!await (await Task.WhenAny(session, leases).ConfigureAwait(false)).ConfigureAwait(false))
        {
            await _child.EndAsync().ConfigureAwait(false);
        }
    }

    private async Task CloseAsync()
    {
        try
        {
            var closed = await _agent.CloseRunAsync(_opened.Vaults, CancellationToken.None).ConfigureAwait(false);
            if (!_isQuiet)
            {
                RefusedHosts.Show(_run.Terminal, _agent.AgentName, closed.Refused ?? [], closed.More);
            }
        }
        catch (Client.VaultException over)
        {
            _run.Terminal.Detail($"the run could not be closed: {over.Message}");
        }
    }
}

/// <summary>How a server's program is started, each time.</summary>
/// <param name="Command">The program and its arguments.</param>
/// <param name="Values">What its variables stand for.</param>
/// <param name="Exposed">The variables in which it finds a secret itself, and the credentials' paths.</param>
/// <param name="Keys">The files that were named for the agent's key.</param>
/// <param name="IsIsolated">Whether it has a network of its own.</param>
/// <param name="IsQuiet">Whether nothing is said of hosts that it was refused.</param>
internal sealed record ProcessServerOptions(
    IReadOnlyList<byte[]> Command, RunValues Values, IReadOnlyDictionary<string, string> Exposed, IReadOnlyList<string> Keys, bool IsIsolated, bool IsQuiet);

/// <summary>Starts the program again and again.</summary>
internal sealed class ProcessServerSource(Run run, SanctumClient agent, ProcessServerOptions options) : IServerSource
{
    public async Task<IWrappedServer> StartAsync(CancellationToken cancellationToken) =>
        await ProcessServer.StartAsync(run, agent, options, cancellationToken).ConfigureAwait(false);
}
