using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum audit verify</c></summary>
internal static class AuditVerifyCommand
{
    public static Command Create(Runner runner) => runner.Bind(
        new Command("verify", "Check that no entry of the audit log was changed, removed or added"),
        run => run.AsOperatorAsync(async vault =>
        {
            var whole = await run.Terminal.WhileAsync("checking every entry", () => vault.VerifyAuditAsync(run.Cancelled)).ConfigureAwait(false);
            run.Terminal.Result(whole, json => json.AuditVerificationView, () =>
            {
                run.Terminal.Line($"the audit log is whole: {whole.Entries} entries");
                run.Terminal.Line($"checkpoint {whole.Checkpoint}");
            });
        }));
}
