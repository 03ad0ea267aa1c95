using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Sanctum.Analyzers;

/// <summary>Finds literals that begin as API keys do and are given to a known SDK, in a constructor, a call or a property.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class KeyLiteralAnalyzer : DiagnosticAnalyzer
{
    // Placeholders are short; keys have at least this many characters.
    private const int ShortestKey = 20;

    private static readonly string[] _prefixes = ["sk-", "sk_live_", "sk_test_", "rk_live_", "ghp_", "gho_", "ghs_", "github_pat_", "AKIA", "ASIA", "xoxb-", "xoxp-", "AIza", "glpat-", "SG.", "hf_", "npm_"];

    private static readonly (string Namespace, string Sdk)[] _sdks =
    [
        ("OpenAI", "OpenAI"), ("System.ClientModel", "OpenAI or Azure"), ("Azure", "Azure"), ("Anthropic", "Anthropic"), ("Octokit", "GitHub"), ("Stripe", "Stripe"), ("Amazon", "AWS"),
        ("Microsoft.SemanticKernel", "Semantic Kernel"), ("System.Net.Http.Headers", "HTTP"),
    ];

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.KeyInSource];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationAction(Analyze, OperationKind.Literal);
    }

    private static void Analyze(OperationAnalysisContext context)
    {
        if (context.Operation.ConstantValue is { HasValue: true, Value: string { Length: >= ShortestKey } text }
            && _prefixes.Any(prefix => text.StartsWith(prefix, StringComparison.Ordinal))
            && text.IndexOf(' ') < 0
            && SdkOf(ClientMethods.Outer(context.Operation)) is { } sdk)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.KeyInSource, context.Operation.Syntax.GetLocation(), sdk));
        }
    }

    private static string? SdkOf(IOperation? user) => user switch
    {
        IArgumentOperation { Parent: IObjectCreationOperation made } => SdkOf(made.Type),
        IArgumentOperation { Parent: IInvocationOperation call } => SdkOf(call.TargetMethod.ContainingType),
        ISimpleAssignmentOperation { Target: IPropertyReferenceOperation property } => SdkOf(property.Property.ContainingType),
        _ => null,
    };

    private static string? SdkOf(ITypeSymbol? type)
    {
        var name = type?.ContainingNamespace?.ToDisplayString() ?? "";
        return _sdks.Where(sdk => name == sdk.Namespace || name.StartsWith(sdk.Namespace + ".", StringComparison.Ordinal)).Select(sdk => sdk.Sdk).FirstOrDefault();
    }
}
