#!/usr/bin/env python3
"""Writes pytorch.json: what PyTorch's optimizers and schedules do, for the Go tests to compare with.

Run with PyTorch 1.13 or later. A figure of NaN is written as null.
"""
import json
import math
import os

import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(7)


def adamw(betas, eps, decay, rate, steps, clip=None, joins=0):
    """AdamW on two tensors with the gradients of a quartic; the rate is halved in mid-course.

    The second tensor has no gradient before step `joins`.
    """
    params = [torch.randn(4).requires_grad_(), torch.randn(2, 3).requires_grad_()]
    start = [p.detach().flatten().tolist() for p in params]
    optimizer = torch.optim.AdamW(params, lr=rate, betas=betas, eps=eps, weight_decay=decay)
    path, norms = [], []
    for step in range(steps):
        optimizer.zero_grad()
        moved = params if step >= joins else params[:1]
        sum((p**4).sum() + (3 * p).sum() for p in moved).backward()
        if step < joins:
            params[1].grad = None
        if clip:
            norms.append(float(torch.nn.utils.clip_grad_norm_(params, clip)))
        if step == steps // 2:
            optimizer.param_groups[0]["lr"] = rate / 2
        optimizer.step()
        path.append([p.detach().flatten().tolist() for p in params])
    return {"beta1": betas[0], "beta2": betas[1], "eps": eps, "decay": decay, "rate": rate, "clip": clip or 0,
            "joins": joins, "start": start, "path": path, "norms": norms}


def plateau(patience, factor, floor, rate, figures):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=rate)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=patience, factor=factor, min_lr=floor)
    rates = []
    for f in figures:
        schedule.step(f)
        rates.append(optimizer.param_groups[0]["lr"])
    return {"patience": patience, "factor": factor, "floor": floor, "rate": rate, "rates": rates,
            "figures": [None if math.isnan(f) else f for f in figures]}


def cosine(period, mult, floor, rate, steps):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=period, T_mult=mult, eta_min=floor)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return {"period": period, "mult": mult, "floor": floor, "rate": rate, "rates": rates}


noisy = (torch.linspace(5, 1, 30) + 0.4 * torch.randn(30)).tolist() + [1.0] * 30
broken = [math.nan, 5.0, 4.0, math.nan, 3.0, 1e300, math.nan, 3.0, 2.9999, 2.9, math.nan, math.nan, 2.0]
cases = {
    "adamw": [adamw((0.9, 0.999), 1e-8, 5e-5, 0.01, 40), adamw((0.8, 0.95), 1e-3, 0.1, 0.3, 25),
              adamw((0.0, 0.5), 1e-8, 0.0, 0.05, 10), adamw((0.9, 0.999), 1e-8, 5e-5, 0.01, 20, clip=1.5),
              adamw((0.9, 0.999), 1e-8, 0.01, 0.01, 12, joins=5)],
    "plateau": [plateau(4, 0.8, 1e-8, 0.01, noisy), plateau(0, 0.1, 1e-3, 0.1, noisy),
                plateau(2, 0.5, 1e-8, 3e-8, noisy), plateau(1, 0.5, 1e-8, 0.1, broken)],
    "cosine": [cosine(5, 1, 0.001, 0.1, 23), cosine(3, 2, 0.0, 1.0, 50)],
}
with open(os.path.join(os.path.dirname(__file__), "pytorch.json"), "w") as f:
    json.dump(cases, f, indent=1)
