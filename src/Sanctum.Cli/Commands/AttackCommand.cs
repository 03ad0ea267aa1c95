using System.CommandLine;
using Sanctum.Cli.Attack;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Demo;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum attack</c></summary>
internal static class AttackCommand
{
    public static Command Create(Runner runner)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Check this vault's own agents, credentials and policies against each attempt; nothing is sent" };
        var command = new Command("attack", "Attack a throw-away vault as a tricked agent or a bad service would, and show what stops each attempt") { dryRun };
        return runner.Bind(command, async run =>
        {
            if (!run.Get(dryRun))
            {
                run.RequireThisMachine();
                return Show(run, await AttackAsync(run).ConfigureAwait(false));
            }

            AttackDocument? document = null;
            run.RequireVault();
            await run.AsOperatorAsync(async vault => document = await DryRun.RunAsync(vault, run.Cancelled).ConfigureAwait(false)).ConfigureAwait(false);
            return Show(run, document!);
        });
    }

    private static async Task<AttackDocument> AttackAsync(Run run)
    {
        using var folder = ThrowAwayVault.InTemporaryFolder("attack");
        var field = await AttackField.LayAsync(folder.Vault, run.Cancelled).ConfigureAwait(false);
        await using (field.ConfigureAwait(false))
        {
            List<AttemptView> attempts = [];
            foreach (var attempt in Attempts.All)
            {
                run.Cancelled.ThrowIfCancellationRequested();
                var verdict = await attempt.RunAsync(field).ConfigureAwait(false);
                attempts.Add(new AttemptView(attempt.Name, attempt.Rule, verdict.Stopped, verdict.How));
            }

            return AttackDocument.Of(attempts, []);
        }
    }

    private static int Show(Run run, AttackDocument document)
    {
        run.Terminal.Result(document, json => json.AttackDocument, () =>
        {
            run.Terminal.Table(
                ["", "attempt", "by", "rule"],
                document.Attempts.Select(it => new string?[] { it.Stopped ? "stopped" : "GOT THROUGH", it.Name, it.How, it.Rule }),
                "nothing to try: no agent may use a credential that is bound to a host");
            run.Terminal.Line();
            foreach (var advice in document.Advice)
            {
                run.Terminal.Line($"note: {advice}");
            }

            run.Terminal.Line(document.GotThrough == 0
                ? $"All {document.Attempts.Count} attempts were stopped."
                : $"{document.GotThrough} of {document.Attempts.Count} attempts got through.");
        });
        return document.GotThrough == 0 ? ExitCode.Done : ExitCode.Refused;
    }
}
