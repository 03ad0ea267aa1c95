using Sanctum.Cli.Runs;
using Sanctum.Cli.Runs.Children;
using Sanctum.Client;

namespace Sanctum.Cli.Doctor;

/// <summary>What one client does with a run's variables.</summary>
/// <param name="Client">The client.</param>
/// <param name="UsesProxy">Whether its request came to the proxy.</param>
/// <param name="TrustsAuthority">Whether it trusts the run's authority; null where that was not tried.</param>
/// <param name="Ignores">The variable that it ignores; null for none.</param>
/// <param name="Said">What it said.</param>
internal sealed record ClientDiagnosis(string Client, bool UsesProxy, bool? TrustsAuthority, string? Ignores, string Said);

/// <summary>
/// Sends a request with each client of a runtime through a run, and sees what becomes of it. Nothing leaves this machine through the vault: the first request is for
/// a name that nobody has (RFC 2606), the second has a placeholder where none belongs, which the vault refuses.
/// </summary>
internal static class Diagnosis
{
    private const string NoName = "sanctum-doctor.invalid";
    private const string Refused = "403";

    /// <summary>Examines the clients of a runtime.</summary>
    /// <returns>A diagnosis for each that is installed.</returns>
    public static async Task<IReadOnlyList<ClientDiagnosis>> OfAsync(SanctumClient agent, ProgramRuntime runtime, CancellationToken cancellationToken)
    {
        var probes = Probe.All.Where(probe => probe.Runtime == runtime.Name).ToList();
        var (said, arrived) = await AskForProxyAsync(agent, runtime, probes, cancellationToken).ConfigureAwait(false);
        var trusting = await AskForTrustAsync(agent, runtime, [.. probes.Where(probe => arrived.Contains(HostOf(probe)))], cancellationToken).ConfigureAwait(false);
        return
        [
            .. from probe in probes
               where !said[probe.Client].Contains(Probe.Absent, StringComparison.Ordinal)
               select Of(probe, arrived.Contains(HostOf(probe)), said[probe.Client], trusting),
        ];
    }

    private static ClientDiagnosis Of(Probe probe, bool usesProxy, string said, IReadOnlyDictionary<string, string> trusting)
    {
        if (!usesProxy)
        {
            return new(probe.Client, UsesProxy: false, TrustsAuthority: null, probe.ProxyVariable, said);
        }

        return trusting.TryGetValue(probe.Client, out var response)
            ? new(probe.Client, UsesProxy: true, response.Contains(Refused, StringComparison.Ordinal), response.Contains(Refused, StringComparison.Ordinal) ? null : probe.TrustVariable, response)
            : new(probe.Client, UsesProxy: true, TrustsAuthority: null, Ignores: null, said);
    }

    // The proxy refuses each, and says so at the run's end: what came to it, it has refused.
    private static async Task<(Dictionary<string, string> Said, HashSet<string> Arrived)> AskForProxyAsync(
        SanctumClient agent, ProgramRuntime runtime, List<Probe> probes, CancellationToken cancellationToken)
    {
        var environment = RawEnvironment.OfThisProcess();
        await using var run = await OpenedRun.OpenAsync(agent, environment, new RunValues(), isIsolated: false, cancellationToken).ConfigureAwait(false);
        Dictionary<string, string> said = new(StringComparer.Ordinal);
        foreach (var probe in probes)
        {
            said[probe.Client] = await ProbeRun.SendAsync(probe, runtime.Path, $"https://{HostOf(probe)}/", environment, cancellationToken).ConfigureAwait(false);
        }

        var closed = await agent.CloseRunAsync(run.Vaults, cancellationToken).ConfigureAwait(false);
        return (said, [.. (closed.Refused ?? []).Select(host => host.Host)]);
    }

    // By client; empty where no credential is bound to a host that has a name.
    private static async Task<IReadOnlyDictionary<string, string>> AskForTrustAsync(
        SanctumClient agent, ProgramRuntime runtime, IReadOnlyList<Probe> probes, CancellationToken cancellationToken)
    {
        var environment = RawEnvironment.OfThisProcess();
        await using var run = await OpenedRun.OpenAsync(agent, environment, new RunValues(), isIsolated: false, cancellationToken).ConfigureAwait(false);
        Dictionary<string, string> said = new(StringComparer.Ordinal);
        if (BoundHosts.Of(run.Vaults.Authority) is [var host, ..] && run.Vaults.Placeholders.Values.FirstOrDefault() is { } placeholder)
        {
            foreach (var probe in probes)
            {
                said[probe.Client] = await ProbeRun.SendAsync(probe, runtime.Path, $"https://{host}/sanctum-doctor?misplaced={Uri.EscapeDataString(placeholder)}", environment, cancellationToken).ConfigureAwait(false);
            }
        }

        _ = await agent.CloseRunAsync(run.Vaults, cancellationToken).ConfigureAwait(false);
        return said;
    }

    private static string HostOf(Probe probe) => $"{probe.Runtime}-{probe.Client.Replace('/', '-')}.{NoName}";
}
