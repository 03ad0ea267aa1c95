using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Terminals;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Operators;

/// <summary>
/// The one place that decides who does what an operator asks: the daemon whose address was named; otherwise the daemon on this machine where one responds, else this process with the vault
/// opened under its lock. Either way the passphrase is proved, or a token held.
/// </summary>
internal sealed class OperatorConnection(VaultDirectory vault, RemoteDaemon? remote, Passphrases passphrases, Terminal terminal, TimeSpan patience, VaultTurn turn) : IDisposable
{
    /// <summary>An operator token, so that the passphrase is not typed again and again. See <c>sanctum login</c>.</summary>
    public const string TokenVariable = "SANCTUM_TOKEN";

    private AdminClient? _admin;

    /// <summary>The daemon's side for operators; it may not be there.</summary>
    public AdminClient Admin => _admin ??= remote is null ? new AdminClient(vault.AdminSocket, patience) : remote.Open(Token, patience);

    private static string? Token => Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token ? token : null;

    public void Dispose() => _admin?.Dispose();

    /// <summary>What the daemon says of itself, or null when none responds.</summary>
    public async Task<DaemonStatus?> FindDaemonAsync(CancellationToken cancellationToken)
    {
        if (remote is not null)
        {
            // Never this machine's own vault in its place: who names a daemon means that one.
            terminal.Detail($"asking {remote}");
            return Token is null && !remote.IsShownCertificate
                ? throw CliErrors.NoTokenForAddress(remote)
                : await Admin.StatusAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!File.Exists(vault.AdminSocket))
        {
            return null;
        }

        var daemon = await Admin.TryStatusAsync(cancellationToken).ConfigureAwait(false);
        if (daemon is null)
        {
            terminal.Detail("there is an admin socket, but no daemon responds on it");
        }

        return daemon;
    }

    /// <summary>The daemon's status; refuses when none responds.</summary>
    public async Task<DaemonStatus> RequireDaemonAsync(CancellationToken cancellationToken) =>
        await FindDaemonAsync(cancellationToken).ConfigureAwait(false)
        ?? throw (vault.HoldsVault ? CliErrors.NoDaemon(vault.Path) : CliErrors.NoVault(vault.Path));

    /// <summary>An operator's door to the vault.</summary>
    public async Task<IOperatorApi> OpenAsync(CancellationToken cancellationToken)
    {
        if (await FindDaemonAsync(cancellationToken).ConfigureAwait(false) is { } daemon)
        {
            terminal.Detail($"asking the daemon (pid {daemon.ProcessId})");
            return Admin.Connect(await TokenAsync(daemon, cancellationToken).ConfigureAwait(false));
        }

        RequireVault();
        return await WithPassphraseAsync(it => OpenWithAsync(it, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>The same with the passphrase at hand, for what needs it besides.</summary>
    /// <remarks>While another process has the vault open, it may be a daemon that starts: then it is asked, once it responds.</remarks>
    public Task<IOperatorApi> OpenWithAsync(byte[] passphrase, CancellationToken cancellationToken) =>
        turn.TakeAsync(() => TryOpenWithAsync(passphrase, cancellationToken), cancellationToken);

    private async Task<IOperatorApi> TryOpenWithAsync(byte[] passphrase, CancellationToken cancellationToken)
    {
        if (await FindDaemonAsync(cancellationToken).ConfigureAwait(false) is { } daemon)
        {
            return daemon.Sealed
                ? throw CliErrors.Sealed()
                : Admin.Connect((await Admin.LoginAsync(passphrase, cancellationToken: cancellationToken).ConfigureAwait(false)).Token);
        }

        RequireVault();
        return await OpenLocalAsync(passphrase, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A token for the daemon: the one of the environment, or a new one for the passphrase.</summary>
    public async Task<string> TokenAsync(DaemonStatus daemon, CancellationToken cancellationToken)
    {
        if (daemon.Sealed)
        {
            throw CliErrors.Sealed();
        }

        if (Token is { } token)
        {
            terminal.Detail($"with the token of {TokenVariable}");
            return token;
        }

        var login = await WithPassphraseAsync(it => Admin.LoginAsync(it, cancellationToken: cancellationToken)).ConfigureAwait(false);
        if (login.Warning is { } warning)
        {
            terminal.Warn(warning);
        }

        return login.Token;
    }

    /// <summary>Runs something with the passphrase, which is zeroed after it.</summary>
    public async Task<T> WithPassphraseAsync<T>(Func<byte[], Task<T>> work)
    {
        if (remote is { TakesPassphrases: false })
        {
            throw CliErrors.PassphraseWithoutTls(remote);
        }

        var passphrase = passphrases.Get();
        try
        {
            return await work(passphrase).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }
    }

    private Task<IOperatorApi> OpenLocalAsync(byte[] passphrase, CancellationToken cancellationToken)
    {
        terminal.Detail($"no daemon is running: opening the vault in {vault.Path}");
        return OperatorSession.OpenLocalAsync(vault.Path, passphrase, cancellationToken);
    }

    // Before a passphrase is asked for, that would open nothing.
    private void RequireVault()
    {
        if (!vault.HoldsVault)
        {
            throw CliErrors.NoVault(vault.Path);
        }
    }
}
