using System.CommandLine;
using Sanctum.Audit;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum audit verify</c></summary>
internal static class AuditVerifyCommand
{
    public static Command Create(Runner runner)
    {
        var noted = new Option<string?>("--checkpoint")
        {
            Description = "Also check that the log still has the entry of this earlier checkpoint",
            HelpName = "N:HEX",
        };
        return runner.Bind(
            new Command("verify", "Check that no entry of the audit log was changed, removed or added") { noted },
            run => RunAsync(run, Noted(run.Get(noted))));
    }

    private static Task RunAsync(Run run, AuditCheckpoint? noted) => run.AsOperatorAsync(async vault =>
    {
        var whole = await run.Terminal.WhileAsync(
            "checking every entry", () => vault.VerifyAuditAsync(new VerifyRequest(noted?.ToString()), run.Cancelled)).ConfigureAwait(false);
        run.Terminal.Result(whole, json => json.AuditVerificationView, () =>
        {
            run.Terminal.Line($"the audit log is intact: {whole.Entries} entries");
            if (noted is not null)
            {
                run.Terminal.Line($"entry {noted.Entries} matches the earlier checkpoint");
            }

            run.Terminal.Line($"checkpoint {new AuditCheckpoint(whole.Entries, whole.Checkpoint)}");
        });
        if (noted is null)
        {
            run.Terminal.Note("a vault that was rolled back whole looks the same, with fewer entries; compare it with an earlier checkpoint: --checkpoint N:HEX");
        }
    });

    private static AuditCheckpoint? Noted(string? text) =>
        text is null ? null
        : AuditCheckpoint.TryParse(text, out var checkpoint) ? checkpoint
        : throw CliErrors.Usage("--checkpoint is not a checkpoint", "the form is N:HEX, as 'sanctum audit verify' prints it");
}
