using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>A header with a key that all requests of a client get.</summary>
internal sealed class DefaultHeaders(ExpressionSyntax client, ExpressionSyntax expression)
{
    /// <summary>The client.</summary>
    public ExpressionSyntax Client => client;

    /// <summary>What sets the header.</summary>
    public ExpressionSyntax Expression => expression;

    /// <summary>The statement that is nothing else.</summary>
    public ExpressionStatementSyntax? Statement => Expression.Parent as ExpressionStatementSyntax;

    /// <summary><c>http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "...")</c>, or <c>http.DefaultRequestHeaders.Add("...", "...")</c>.</summary>
    public static DefaultHeaders? Of(KeyPlace place) => place.Argument?.Parent?.Parent switch
    {
        BaseObjectCreationExpressionSyntax { Parent: AssignmentExpressionSyntax { Left: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Authorization", Expression: var headers } } assignment } => Of(place, headers, assignment),
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Add", Expression: var headers } } call => Of(place, headers, call),
        _ => null,
    };

    private static DefaultHeaders? Of(KeyPlace place, ExpressionSyntax headers, ExpressionSyntax expression) =>
        headers is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "DefaultRequestHeaders", Expression: var client } && place.TypeOf(client)?.ToDisplayString() is "System.Net.Http.HttpClient" or "System.Net.Http.HttpClient?"
            ? new(client, expression)
            : null;
}
