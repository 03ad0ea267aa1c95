using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Runs.Children;
using Sanctum.Cli.Runs.Trust;
using Sanctum.Client;
using Sanctum.Client.Runs;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Runs;

/// <summary>A run that the vault has opened, with all that a program needs for it: files, a port, and an environment that names them.</summary>
internal sealed class OpenedRun : IAsyncDisposable
{
    private const string HomeWget = ".wgetrc";
    private const int LongestWget = 1024 * 1024;

    private readonly Bridge? _bridge;
    private readonly Bridge? _javas;

    private OpenedRun(ProxyRun vaults, RunFolder folder, bool isIsolated)
    {
        (Vaults, Folder) = (vaults, folder);
        (_bridge, _javas) = isIsolated ? (null, null) : (new Bridge(vaults.Socket), new Bridge(vaults.Socket, new TokenHead(vaults.Token).BeginAsync));
    }

    /// <summary>The vault's side of it.</summary>
    public ProxyRun Vaults { get; }

    /// <summary>Where its files are.</summary>
    public RunFolder Folder { get; }

    /// <summary>The port of its proxy, as the program sees it.</summary>
    public int Port { get; private set; }

    /// <summary>Opens one.</summary>
    /// <param name="agent">The agent. Its connection holds the run.</param>
    /// <param name="environment">This process's; it becomes the program's.</param>
    /// <param name="values">What its variables stand for.</param>
    /// <param name="isIsolated">Whether the program has a network of its own, with a proxy in it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CliException">The agent may not use a credential.</exception>
    /// <exception cref="VaultConnectionException">Nobody listens on the daemon's proxy socket, or somebody else than the daemon.</exception>
    public static async Task<OpenedRun> OpenAsync(SanctumClient agent, RawEnvironment environment, RunValues values, bool isIsolated, CancellationToken cancellationToken)
    {
        var vaults = await OpenAsync(agent, values.Paths, cancellationToken).ConfigureAwait(false);
        (await ProxySocket.ConnectAsync(vaults.Socket, daemon: null, cancellationToken).ConfigureAwait(false)).Dispose();
        var placeholders = AwsVariables.With(environment, values.With(vaults.Placeholders), vaults.Placeholders.Values);
        var opened = new OpenedRun(vaults, RunFolder.Create(), isIsolated);
        try
        {
            var places = opened.Write(TrustBundle.Of(environment), environment);
            opened.Port = places.Port;
            RunEnvironment.Prepare(environment, places, placeholders);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_bridge is not null && _javas is not null)
        {
            await _javas.DisposeAsync().ConfigureAwait(false);
            await _bridge.DisposeAsync().ConfigureAwait(false);
        }

        Folder.Dispose();
    }

    // The vault does not say a path again that no policy of the agent speaks of. Here it was typed as a path.
    private static async Task<ProxyRun> OpenAsync(SanctumClient agent, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        try
        {
            return await agent.OpenRunAsync(paths, cancellationToken).ConfigureAwait(false);
        }
        catch (AccessDeniedException refused)
        {
            var seen = (await agent.ListAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Select(credential => credential.Path).ToHashSet(StringComparer.Ordinal);
            throw paths.FirstOrDefault(path => !seen.Contains(path)) is { } unseen ? CliErrors.NotToUse(agent.AgentName, unseen, refused) : refused;
        }
    }

    private RunPlaces Write(TrustBundle trust, RawEnvironment environment)
    {
        var authority = Vaults.Authority;
        var bundle = Folder.Write("bundle.pem", trust.With(authority));
        return new RunPlaces(
            _bridge?.Port ?? Isolation.Port,
            _bridge is null ? null : Vaults.Token,
            bundle,
            Folder.Write("authority.pem", trust.ExtraWith(authority)),
            Folder.Write("wgetrc", [.. OwnWget(environment), .. System.Text.Encoding.UTF8.GetBytes($"\nca_certificate = {bundle}\n")]),
            Folder.Write("java.p12", JavaTrustStore.Of([.. trust.Roots, authority])),
            _javas?.Port ?? Isolation.Port);
    }

    // The variable takes the place of the user's own file, so that is in it.
    private static byte[] OwnWget(RawEnvironment environment)
    {
        var file = environment.Get("WGETRC") is { Length: > 0 } named ? named : Path.Join(environment.Get("HOME"), HomeWget);
        return File.Exists(file) ? FoundFile.TryRead(file, file, FileTrust.Content, LongestWget) ?? [] : [];
    }
}
