using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Admin;
using Sanctum.Sealing;

namespace Sanctum.Daemon.Hosting;

/// <summary>Unseals and seals the daemon's vault; no operator token outlives a seal.</summary>
internal sealed class DaemonSealing
{
    private readonly Vault _vault;
    private readonly OperatorTokens _tokens;
    private readonly ILogger<DaemonSealing> _log;

    private IReadOnlyList<string> _providerFailures = [];

    public DaemonSealing(Vault vault, OperatorTokens tokens, ILogger<DaemonSealing> log)
    {
        (_vault, _tokens, _log) = (vault, tokens, log);
        vault.SealedElsewhere += report => Note("an operator sealed it at another daemon", report);
    }

    public async Task<Operator> UnsealAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken)
    {
        var wasSealed = _vault.IsSealed;
        try
        {
            var by = await _vault.UnsealAsync(passphrase, cancellationToken).ConfigureAwait(false);
            if (wasSealed)
            {
                _log.Unsealed();
                foreach (var damage in by.Damage)
                {
                    _log.Damaged(damage);
                }
            }

            return by;
        }
        catch (VaultException wrong) when (wrong.Code == VaultErrorCode.AuthFailed)
        {
            _log.WrongPassphrase();
            throw;
        }
    }

    /// <summary>Why the seal providers did not open the vault when the daemon started, a sentence each; none once it is unsealed. They are warnings of the daemon's status and, at start, of its log.</summary>
    public IReadOnlyList<string> ProviderFailures => _vault.IsSealed ? _providerFailures : [];

    /// <summary>Unseals the vault by its seal providers, if it has any that can.</summary>
    public async Task UnsealByProvidersAsync(CancellationToken cancellationToken)
    {
        var unsealing = await _vault.UnsealByProvidersAsync(cancellationToken).ConfigureAwait(false);
        _providerFailures = [.. unsealing.Failed.Select(it => $"seal provider '{it.Name}' ({it.Type}) did not open the vault: {it.Reason}{(it.Suggestion is { } advice ? $"; {advice}" : "")}")];
        if (unsealing.OpenedBy is { } provider)
        {
            _log.UnsealedByProvider(provider);
            foreach (var damage in unsealing.Damage)
            {
                _log.Damaged(damage);
            }
        }
    }

    public async Task<SealReport> SealAsync(string reason)
    {
        _tokens.Clear();
        var report = await _vault.SealAsync(reason).ConfigureAwait(false);
        Note(reason, report);
        return report;
    }

    private void Note(string reason, SealReport report)
    {
        _tokens.Clear();
        if (report.Changed)
        {
            _log.Sealed(reason);
        }

        if (report.NotRecorded is { } cause)
        {
            _log.SealingUnrecorded(cause.Message);
        }
    }
}
